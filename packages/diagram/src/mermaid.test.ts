import { expect, test } from 'vitest'
import { after, runOf } from '../test/journey.ts'
import { chart } from '../test/parcel.ts'
import { createDiagrams, type Run, written } from './index.ts'

const { picture } = createDiagrams()
const textOf = async (run?: Run) => written(await picture(chart, run), 'mermaid')

test('is the whole chart as text, with the way taken and the live states marked', async () => {
  expect(await textOf(runOf(after('parcel.packed.v1', 'parcel.held.v1', 'operator.retry')))).toMatchSnapshot()
})

test('draws lines between states of different states between the outer ones', async () => {
  expect(await textOf()).toContain('s_shipping --> s_undoing : van.broken')
})

test('leaves no sign of its own language in what others have named', async () => {
  const states = chart.states.map((state) => (state.path === 'held' ? { ...state, path: 'end; "x" {:#%%' } : state))
  const edges = chart.edges.map((edge) => ({
    ...edge,
    to: edge.to.map((to) => (to === 'held' ? 'end; "x" {:#%%' : to)),
  }))
  const hostile = { ...chart, hash: 'hostile', states, edges: edges.filter(({ from }) => from !== 'held') }
  const text = written(await picture(hostile), 'mermaid')
  expect(text).toContain('state "end； ＂x＂ ｛∶＃％％" as s_end___x______')
})

test('gives every state a name of its own', async () => {
  const names = [...(await textOf()).matchAll(/ as (\w+)/g)].map(([, name]) => name)
  expect(names.length).toBe(chart.states.length + 1)
  expect(new Set(names).size).toBe(names.length)
})

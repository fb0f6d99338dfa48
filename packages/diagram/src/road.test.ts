import { expect, test } from 'vitest'
import { after, heard, type Journey, ordered, runOf } from '../test/journey.ts'
import { chart, heard as messages } from '../test/parcel.ts'
import { createDiagrams, type Picture } from './index.ts'

const { picture } = createDiagrams()
const drawn = (journey: Journey): Promise<Picture> => picture(chart, runOf(journey))

/** The edges that one line of the history took, as `from -> to`. */
const way = ({ taken, edges }: Picture, seq: number): string[] =>
  (taken.find((step) => step.seq === seq)?.edges ?? []).flatMap((id) =>
    edges.filter((edge) => edge.id === id).map(({ from, to }) => `${from} -> ${to}`),
  )

test('the start takes the dot of the chart, and nothing else', async () => {
  const shown = await drawn(ordered())
  expect(way(shown, 1)).toEqual(['initial: -> state:packing'])
  expect(shown.live).toEqual(['packing'])
})

test('an event takes its edge, the default entries behind it, and what needs no event', async () => {
  const shown = await drawn(after('parcel.packed.v1'))
  expect(way(shown, 2)).toEqual([
    'state:packing -> state:shipping',
    'state:shipping.van.loading -> state:shipping.van.driving',
    'initial:shipping.van -> state:shipping.van.loading',
    'initial:shipping.papers -> state:shipping.papers.printing',
  ])
  expect(shown.live).toEqual(['shipping.van.driving', 'shipping.papers.printing'])
})

test('the last of several states side by side takes the edge out of all of them', async () => {
  const shown = await drawn(after('parcel.packed.v1', 'papers.printed.v1', 'van.arrived.v1'))
  expect(way(shown, 3)).toEqual(['state:shipping.papers.printing -> state:shipping.papers.printed'])
  expect(way(shown, 4)).toEqual([
    'state:shipping.van.driving -> state:shipping.van.arrived',
    'state:shipping -> state:delivered',
  ])
  expect(shown.live).toEqual(['delivered'])
})

test('a timer takes the edge that waits for it, and a state that is entered again counts every time', async () => {
  const shown = await drawn(after('timer.packDeadline', 'parcel.stuck.v1', 'parcel.stuck.v1', 'parcel.stuck.v1'))
  expect(way(shown, 2)).toEqual(['state:packing -> state:undoing', 'initial:undoing -> state:undoing.asking'])
  const again = shown.edges.find(({ from, to }) => from === to && from === 'state:undoing.asking')
  expect(again?.taken).toEqual([3, 4])
  expect(way(shown, 5)).toEqual(['state:undoing.asking -> state:undoing.waiting'])
})

test('a history state leads to where the saga was', async () => {
  const shown = await drawn(after('parcel.packed.v1', 'parcel.held.v1', 'operator.retry'))
  expect(way(shown, 4)[0]).toBe('state:held -> state:shipping.van.before')
  expect(shown.live).toEqual(['shipping.van.driving', 'shipping.papers.printing'])
})

test('what holds anywhere starts at a pill, and an edge out of a nested state ends where it points', async () => {
  const lost = await drawn(after('parcel.lost.v1'))
  expect(way(lost, 2)[0]).toBe('any: -> state:undoing')
  const broken = await drawn(after('parcel.packed.v1', 'van.broken.v1'))
  expect(way(broken, 3)).toEqual(['state:shipping.van.driving -> state:undoing.waiting'])
})

test('states that were left at once are part of the way', async () => {
  const { nodes } = await drawn(after('parcel.lost.v1', 'parcel.unpacked.v1'))
  const visited = nodes
    .filter(({ visited: was, kind }) => was && kind !== 'initial' && kind !== 'any')
    .map(({ path }) => path)
  expect(visited).toEqual(['packing', 'undoing', 'undoing.asking', 'undoing.done', 'cancelled'])
})

test('a step that the chart cannot explain marks its states and says so', async () => {
  const run = runOf(ordered(), {
    state: { undoing: 'waiting' },
    steps: [
      { seq: 1, type: 'parcel.ordered.v1', from: null, to: 'packing' },
      { seq: 2, type: 'nobody.knows.v1', from: 'packing', to: { undoing: 'waiting' } },
      { seq: 3, type: 'nobody.knows.v1', from: { undoing: 'waiting' }, to: 'a state of another version' },
    ],
  })
  const shown = await picture(chart, run)
  expect(shown.taken.map(({ seq, explained }) => [seq, explained])).toEqual([
    [1, true],
    [2, false],
    [3, false],
  ])
  expect(shown.live).toEqual(['undoing.waiting'])
})

test('a step that moved nothing is no part of the way', async () => {
  const run = runOf(ordered(), {
    steps: [
      { seq: 1, type: 'parcel.ordered.v1', from: null, to: 'packing' },
      { seq: 2, type: 'parcel.stuck.v1', from: 'packing', to: 'packing' },
    ],
  })
  expect((await picture(chart, run)).taken.map(({ seq }) => seq)).toEqual([1])
})

test('whatever the engine does, the way explains it and ends where the saga is', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  let state = seed
  const chance = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const all = [...messages, 'timer.packDeadline', 'timer.unpackBackoff', 'operator.retry', 'operator.cancel']
  for (let round = 0; round < 200; round += 1) {
    let journey = ordered()
    for (let length = 0; length < 12; length += 1) journey = heard(journey, all[chance(all.length)] ?? '')
    const shown = await drawn(journey)
    expect(
      shown.taken.filter(({ explained }) => !explained),
      `seed ${seed}, round ${round}`,
    ).toEqual([])
    const ends = shown.taken.flatMap(({ edges }) => edges).length
    expect(ends, `seed ${seed}, round ${round}`).toBeGreaterThanOrEqual(journey.steps.length)
  }
})

import type { Description } from '@skald/saga'
import { expect, test } from 'vitest'
import { chart } from '../test/parcel.ts'
import { chances, randomChart } from '../test/random-chart.ts'
import { type Box, createDiagrams, type Picture } from './index.ts'

const diagrams = createDiagrams()

const overlap = (one: Box, other: Box): boolean =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height

const inside = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height

/** Everything that would make the picture hard to read. */
const faultsOf = ({ nodes, edges, width, height }: Picture): string[] => {
  const page = { x: 0, y: 0, width, height }
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const states = nodes.filter(({ kind }) => kind !== 'compound' && kind !== 'parallel')
  const labels = edges.flatMap(({ id, label }) => (label ? [{ id, ...label }] : []))
  const things = [...states, ...labels]
  return [
    ...things.flatMap((one, index) =>
      things.slice(index + 1).flatMap((other) => (overlap(one, other) ? [`${one.id} lies on ${other.id}`] : [])),
    ),
    ...nodes.flatMap((node) =>
      inside(node, byId.get(node.parent) ?? page) ? [] : [`${node.id} sticks out of ${node.parent}`],
    ),
    ...labels.flatMap((label) => (inside(label, page) ? [] : [`the label of ${label.id} is cut off`])),
    ...edges.flatMap(({ id, points }) => (points.length < 2 ? [`${id} has no line`] : [])),
    ...edges.flatMap(({ id, points }) =>
      points.every((point) => inside({ ...point, width: 0, height: 0 }, page)) ? [] : [`${id} leaves the page`],
    ),
  ]
}

test('nothing lies on anything else and nothing is cut off', async () => {
  expect(faultsOf(await diagrams.picture(chart))).toEqual([])
})

test('any chart can be laid out: deep, wide, with lines across its states', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const chance = chances(seed)
  for (let round = 0; round < 4; round += 1) {
    const picture = await diagrams.picture(randomChart(chance))
    expect(faultsOf(picture), `seed ${seed}, round ${round}`).toEqual([])
  }
})

test('a line starts and ends at the borders of its states', async () => {
  const { nodes, edges } = await diagrams.picture(chart)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  for (const { id, from, to, points } of edges) {
    for (const [node, point] of [
      [byId.get(from), points[0]],
      [byId.get(to), points.at(-1)],
    ] as const) {
      if (!node || !point) throw new Error(`${id} has no ends`)
      const around = { x: node.x - 1, y: node.y - 1, width: node.width + 2, height: node.height + 2 }
      const within = { x: node.x + 1, y: node.y + 1, width: node.width - 2, height: node.height - 2 }
      expect(inside({ ...point, width: 0, height: 0 }, around), `${id} misses ${node.id}`).toBe(true)
      expect(inside({ ...point, width: 0, height: 0 }, within), `${id} ends inside ${node.id}`).toBe(false)
    }
  }
})

test('a state has room for what is written in it, however long', async () => {
  const name = 'aNameThatSomebodyThoughtWasShortEnoughForEverybody'
  const long: Description = {
    ...chart,
    hash: 'long',
    pointOfNoReturn: name,
    states: [
      { path: name, type: 'compound', parent: '', initial: true, tags: ['compensating'], says: ['x.y.v1'] },
      { path: `${name}.a`, type: 'atomic', parent: name, initial: true, tags: [], says: [`${name}.happened.v1`] },
    ],
    edges: [{ from: `${name}.a`, to: [`${name}.a`], on: `${name}.${name}.v1`, kind: 'event', says: [] }],
  }
  const { nodes, edges } = await diagrams.picture(long)
  const widthOf = (path: string) => nodes.find((node) => node.path === path && node.kind !== 'initial')?.width ?? 0
  // Letters of the widest usual fonts, and the chip beside them; 6.3 for each letter of code.
  expect(widthOf(name)).toBeGreaterThan(name.length * 8 + 130)
  expect(widthOf(`${name}.a`)).toBeGreaterThan((name.length + 11) * 6.3)
  expect(edges.find(({ causes }) => causes.some(({ kind }) => kind === 'event'))?.causes[0]?.lines).toEqual([
    'aNameThatSomebo…ghForEverybody',
  ])
})

test('pictures that are asked for at the same time are the same', async () => {
  const other = createDiagrams()
  const all = await Promise.all(Array.from({ length: 5 }, () => other.picture(chart)))
  expect(new Set(all.map((picture) => JSON.stringify(picture))).size).toBe(1)
})

test('a chart that cannot be laid out is an error, and the next chart is drawn', async () => {
  const broken = {
    ...chart,
    hash: 'broken',
    edges: [{ from: 'packing', to: ['nowhere'], on: 'x', kind: 'event' as const, says: [] }],
  }
  await expect(diagrams.picture(broken)).rejects.toThrow(/nowhere|Referenced shape/)
  expect(faultsOf(await diagrams.picture(chart))).toEqual([])
})

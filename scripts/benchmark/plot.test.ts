import { valuesOf, xmlFaults } from '@skald/testing'
import { expect, test } from 'vitest'
import { decades, logScale } from './log-scale.ts'
import { latencyPlot, type PlotPoint } from './plot.ts'

const loop = (inFlight: number, perSecond: number, p50Ms: number, p99Ms: number): PlotPoint => ({
  kind: 'closed loop',
  label: `${inFlight} in flight`,
  perSecond,
  p50Ms,
  p99Ms,
})
const rate = (perSecond: number, p50Ms: number, p99Ms: number): PlotPoint => ({
  kind: 'fixed rate',
  label: `${perSecond} orders/s`,
  perSecond,
  p50Ms,
  p99Ms,
})

const points = [
  rate(100, 12, 20),
  rate(500, 15, 31),
  loop(1, 88, 11, 18),
  loop(64, 1_400, 45, 80),
  loop(1_024, 2_300, 440, 700),
]

test('is well-formed XML with both themes, whatever a title holds', () => {
  const svg = latencyPlot([{ title: 'four "processes" <&>', points }])

  expect(xmlFaults(svg)).toEqual([])
  expect(svg).toContain('prefers-color-scheme: dark')
  expect(svg).toContain('four &quot;processes&quot; &lt;&amp;&gt;')
})

test('every load has a median and a 99th percentile and is named, in each panel', () => {
  const svg = latencyPlot([
    { title: 'four processes', points },
    { title: 'all in one', points },
  ])

  expect(valuesOf(svg, 'class').filter((name) => name === 'p50 mark')).toHaveLength(2 * points.length + 1)
  expect(valuesOf(svg, 'class').filter((name) => name === 'p99 mark')).toHaveLength(2 * points.length + 1)
  for (const { label } of points) expect(svg.split(`>${label}<`)).toHaveLength(3)
  expect(svg.split('at most 2,300 sagas/s')).toHaveLength(3)
})

test('nothing lies outside the picture', () => {
  const svg = latencyPlot([{ title: 'four processes', points }])
  const [, , width = 0, height = 0] = (valuesOf(svg, 'viewBox')[0] ?? '').split(' ').map(Number)

  const across = [...valuesOf(svg, 'x'), ...valuesOf(svg, 'cx'), ...valuesOf(svg, 'x1'), ...valuesOf(svg, 'x2')]
  const down = [...valuesOf(svg, 'y'), ...valuesOf(svg, 'cy'), ...valuesOf(svg, 'y1'), ...valuesOf(svg, 'y2')]
  expect(across.map(Number).filter((x) => !(x >= -4 && x <= width))).toEqual([])
  expect(down.map(Number).filter((y) => !(y >= -4 && y <= height))).toEqual([])
})

test('a single load, and one without any end, can be drawn, too', () => {
  expect(latencyPlot([{ title: 'one', points: [loop(1, 88, 11, 11)] }])).not.toContain('NaN')
  expect(latencyPlot([{ title: 'stalled', points: [loop(1, 0, 0, 0), loop(64, 10, 5, 6)] }])).not.toMatch(
    /NaN|Infinity/,
  )
  expect(latencyPlot([{ title: 'dead', points: [loop(1, 0, 0, 0)] }])).not.toMatch(/NaN|Infinity/)
})

test('a scale goes in equal steps for equal factors, and has numbers at 1, 2 and 5', () => {
  const scale = logScale([3, 400], [0, 100])

  expect([scale.min, scale.max]).toEqual([2, 500])
  expect(decades(scale)).toEqual([2, 5, 10, 20, 50, 100, 200, 500])
  expect(scale.at(20) - scale.at(10)).toBeCloseTo(scale.at(200) - scale.at(100))
  expect([scale.at(2), scale.at(500)]).toEqual([0, 100])
})

import { el, textAt } from '@skald/diagram'
import { decades, type LogScale, logScale } from './log-scale.ts'
import { PLOT_STYLE } from './plot-style.ts'

/** Latency under one load. */
export interface PlotPoint {
  readonly kind: 'closed loop' | 'fixed rate'
  readonly label: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface PlotPanel {
  readonly title: string
  readonly points: readonly PlotPoint[]
}

const WIDTH = 720
const PANEL = 340
const LEFT = 64
const RIGHT = 24
const TOP = 44
const BOTTOM = 50
const LEGEND = 34
/** The width of a small letter, on average. */
const LETTER = 6.5

/**
 * Latency against what got done, both on logarithmic scales, one panel a system. A system that keeps up moves to the
 * right as the load grows; one that is saturated only moves up, at the dashed line.
 */
export const latencyPlot = (panels: readonly PlotPanel[]): string => {
  const height = panels.length * PANEL + LEGEND
  const all = panels.flatMap(({ points }) => points)
  const x = logScale(
    all.map(({ perSecond }) => perSecond),
    [LEFT, WIDTH - RIGHT],
  )
  const y = logScale(
    all.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms]),
    [PANEL - BOTTOM, TOP],
  )
  const size = { viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height }
  return el('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size, role: 'img', class: 'latency' }, [
    el('title', {}, 'Latency from POST to the end of a saga against sagas per second'),
    el('style', {}, PLOT_STYLE),
    el('rect', { width: WIDTH, height, class: 'page' }),
    ...panels.map((panel, index) => el('g', { transform: `translate(0 ${index * PANEL})` }, panelOf(panel, x, y))),
    el('g', { transform: `translate(${LEFT} ${height - 12})` }, legend()),
  ])
}

const panelOf = ({ title, points }: PlotPanel, x: LogScale, y: LogScale): string[] => {
  const most = Math.max(...points.map(({ perSecond }) => perSecond))
  return [
    textAt(LEFT, 20, title, 'title'),
    ...grid(x, y),
    el('line', { x1: x.at(most), x2: x.at(most), y1: TOP - 14, y2: PANEL - BOTTOM, class: 'most' }),
    beside(x.at(most), TOP - 6, `at most ${Math.round(most).toLocaleString('en')} sagas/s`),
    ...(['closed loop', 'fixed rate'] as const).flatMap((kind) => {
      const own = points.filter((point) => point.kind === kind)
      return [...line(own, 'p50', x, y), ...line(own, 'p99', x, y)]
    }),
    ...points.map((point) => labelOf(point, x, y)),
  ]
}

/** Small text that is centred on a place, or ends there. */
const small = (at: 'middle' | 'end', x: number, y: number, text: string): string =>
  el('g', { class: at }, textAt(x, y, text, 'small'))

/** To the left of a place where there is room for it. */
const beside = (x: number, y: number, text: string): string =>
  x > LEFT + text.length * LETTER ? small('end', x - 8, y, text) : textAt(x + 8, y, text, 'small')

/** Thin lines at 1, 2 and 5 of each power of ten, with their numbers. */
const grid = (x: LogScale, y: LogScale): string[] => [
  ...decades(x).flatMap((value) => [
    el('line', { x1: x.at(value), x2: x.at(value), y1: TOP, y2: PANEL - BOTTOM, class: 'grid' }),
    small('middle', x.at(value), PANEL - BOTTOM + 16, value.toLocaleString('en')),
  ]),
  ...decades(y).flatMap((value) => [
    el('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: y.at(value), y2: y.at(value), class: 'grid' }),
    small('end', LEFT - 6, y.at(value) + 4, value.toLocaleString('en')),
  ]),
  small('middle', (LEFT + WIDTH - RIGHT) / 2, PANEL - BOTTOM + 34, 'sagas per second'),
  small('end', LEFT - 6, TOP - 12, 'ms'),
]

const line = (points: readonly PlotPoint[], which: 'p50' | 'p99', x: LogScale, y: LogScale): string[] => {
  const places = points.map((point) => [x.at(point.perSecond), y.at(msOf(point, which))] as const)
  const isLoop = points[0]?.kind === 'closed loop'
  const marks = places.map(([atX, atY]) => (isLoop ? dot(atX, atY, which) : square(atX, atY, which)))
  if (places.length < 2) return marks
  const path = places.map(([atX, atY]) => `${atX.toFixed(1)},${atY.toFixed(1)}`).join(' ')
  return [el('polyline', { points: path, class: `${which} ${isLoop ? 'loop' : 'rate'}` }), ...marks]
}

const msOf = (point: PlotPoint, which: 'p50' | 'p99'): number => (which === 'p50' ? point.p50Ms : point.p99Ms)

const dot = (cx: number, cy: number, which: string): string => el('circle', { cx, cy, r: 4, class: `${which} mark` })
const square = (x: number, y: number, which: string): string =>
  el('rect', { x: x - 3.5, y: y - 3.5, width: 7, height: 7, class: `${which} mark` })

/** A closed loop's above its 99th percentile and to the left, a fixed rate's below its median and to the right. */
const labelOf = ({ kind, label, ...point }: PlotPoint, x: LogScale, y: LogScale): string => {
  const atX = x.at(point.perSecond)
  if (kind === 'closed loop') return beside(atX, y.at(point.p99Ms) - 6, label)
  const isRoom = atX + label.length * LETTER < WIDTH - RIGHT
  return isRoom ? textAt(atX + 8, y.at(point.p50Ms) + 16, label, 'small') : beside(atX, y.at(point.p50Ms) + 16, label)
}

const legend = (): string[] => [
  dot(0, 0, 'p50'),
  textAt(10, 4, 'p50', 'small'),
  dot(52, 0, 'p99'),
  textAt(62, 4, 'p99', 'small'),
  el('line', { x1: 110, x2: 140, y1: 0, y2: 0, class: 'loop muted' }),
  dot(125, 0, 'muted'),
  textAt(148, 4, 'so many in flight', 'small'),
  el('line', { x1: 264, x2: 294, y1: 0, y2: 0, class: 'rate muted' }),
  square(279, 0, 'muted'),
  textAt(302, 4, 'so many a second', 'small'),
]

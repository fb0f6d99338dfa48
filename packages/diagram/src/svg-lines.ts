import type { Box, Point } from './layout.ts'
import { BADGE_PX, CODE_LINE_PX } from './measure.ts'
import type { PictureEdge, PictureNode } from './picture.ts'
import { badge } from './svg-marks.ts'
import { classes, el, escapeXml, textAt } from './xml.ts'

const CORNER_PX = 7
const TIP_PX = 8

export const drawLine = ({ points, visited }: PictureEdge): string => {
  const last = points.at(-1)
  const before = points.at(-2)
  if (!last || !before) return ''
  return (
    el('path', { class: classes({ line: true, visited }), d: roundedPath(points) }) +
    el('path', { class: classes({ tip: true, visited }), d: tipPath(before, last) })
  )
}

/** The label stands on its line, on a plate of the colour of what lies behind it, so that the line ends at its border. */
export const drawLabel = (edge: PictureEdge, surface: string): string => {
  const { label, causes, visited, taken } = edge
  if (!label) return ''
  const plate = plateOf(label)
  const lines = causes.flatMap((cause) => cause.lines.map((text) => ({ text, visited: cause.taken.length > 0 })))
  return el('g', {}, [
    el('title', {}, escapeXml(titleOf(edge))),
    el('rect', { class: classes({ plate: true, [surface]: true, visited }), ...plate, rx: 5 }),
    ...lines.map((line, index) =>
      textAt(
        plate.x + 7,
        plate.y + 4 + (index + 0.75) * CODE_LINE_PX,
        line.text,
        classes({ code: true, label: true, visited: line.visited }),
      ),
    ),
    ...(taken.length > 0 ? [badge(plate.x, plate.y - 4, taken)] : []),
  ])
}

const plateOf = ({ x, y, width, height }: Box): Box => ({ x, y: y + BADGE_PX, width, height: height - BADGE_PX })

const titleOf = ({ causes }: PictureEdge): string =>
  causes
    .map(({ on, kind, text, guard, taken }) => {
      const event = kind === 'event' || kind === 'start' ? on : text
      return `${event}${guard === undefined ? '' : ` [${guard}]`}${taken.length > 0 ? ` (taken: ${taken.join(', ')})` : ''}`
    })
    .join('\n')

/** What a label on this edge has behind it: the ground of the innermost node that holds both ends. */
export const surfaceOf = ({ from, to }: PictureEdge, nodes: ReadonlyMap<string, PictureNode>): string => {
  const holders = (id: string): string[] => {
    const parent = nodes.get(id)?.parent ?? ''
    return parent === '' ? [] : [parent, ...holders(parent)]
  }
  const others = holders(to)
  const holder = nodes.get(holders(from).find((id) => others.includes(id)) ?? '')
  if (!holder) return 'on-page'
  return holder.compensating ? 'on-undo' : 'on-group'
}

const roundedPath = ([first, ...others]: readonly Point[]): string => {
  if (!first) return ''
  let previous = first
  const parts = others.map((point, index) => {
    const next = others[index + 1]
    const part = next === undefined ? `L${at(point)}` : corner(previous, point, next)
    previous = point
    return part
  })
  return `M${at(first)}${parts.join('')}`
}

const corner = (before: Point, point: Point, after: Point): string => {
  const radius = Math.min(CORNER_PX, distance(before, point) / 2, distance(point, after) / 2)
  return `L${at(towards(point, before, radius))}Q${at(point)} ${at(towards(point, after, radius))}`
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)

const towards = (from: Point, to: Point, length: number): Point => {
  const share = distance(from, to) === 0 ? 0 : length / distance(from, to)
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}

const tipPath = (before: Point, end: Point): string => {
  const back = towards(end, before, TIP_PX)
  const side = { x: (end.y - back.y) * 0.48, y: (back.x - end.x) * 0.48 }
  return `M${at(end)}L${at({ x: back.x + side.x, y: back.y + side.y })}L${at({ x: back.x - side.x, y: back.y - side.y })}Z`
}

const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`
const round = (value: number): number => Math.round(value * 10) / 10

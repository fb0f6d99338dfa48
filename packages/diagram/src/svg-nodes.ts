import {
  CODE_LINE_PX,
  chipWidth,
  HEAD_PX,
  hereWord,
  ICON_PX,
  iconWidth,
  NAME_LINE_PX,
  nameWidth,
  POINT_OF_NO_RETURN,
  SMALL_PX,
} from './measure.ts'
import type { Picture, PictureNode } from './picture.ts'
import { chip, endIcon, personIcon, undoIcon } from './svg-marks.ts'
import { classes, el, escapeXml, textAt } from './xml.ts'

/** How the saga is, there where it is: the name of a colour. */
export const hueOf = (node: Pick<PictureNode, 'needsPerson' | 'compensating' | 'kind'>, ended: boolean): string => {
  if (node.needsPerson) return 'is-person'
  if (node.compensating) return 'is-undo'
  return ended && node.kind === 'final' ? 'is-good' : 'is-taken'
}

const title = ({ path, kind }: PictureNode): string =>
  el('title', {}, escapeXml(kind === 'any' ? `any state of ${path}` : path))

/** A state that holds others: its ground and its head. */
export const drawGroup = (node: PictureNode, isRegion: boolean): string => {
  const { x, y, width, height, name, says, compensating, live, visited, pointOfNoReturn, kind } = node
  let right = x + 14 + (compensating && !isRegion ? ICON_PX : 0)
  const head = [textAt(right, y + 22, name, 'name')]
  right += nameWidth(name) + 10
  if (compensating && !isRegion) head.unshift(undoIcon(x + 13, y + 11))
  if (kind === 'parallel') {
    head.push(textAt(right, y + 22, 'in parallel', 'small muted italic'))
    right += nameWidth('in parallel', SMALL_PX) + 10
  }
  if (pointOfNoReturn) head.push(chip(right, y + 18, POINT_OF_NO_RETURN))
  const className = classes({
    ground: true,
    region: isRegion,
    undo: compensating,
    visited,
    live,
    [hueOf(node, false)]: live,
  })
  return el('g', {}, [
    title(node),
    el('rect', { class: className, x, y, width, height, rx: 12 }),
    ...head,
    ...says.map((type, index) =>
      textAt(x + 14, y + HEAD_PX + 2 + (index + 0.5) * CODE_LINE_PX, `→ ${type}`, 'code muted'),
    ),
  ])
}

export const drawNode = (node: PictureNode, saga: Picture['saga']): string => {
  const { kind, name, x, y, width, height, visited } = node
  if (kind === 'initial') {
    return el('circle', { class: classes({ dot: true, visited }), cx: x + width / 2, cy: y + height / 2, r: 6 })
  }
  if (kind !== 'any' && kind !== 'history') return drawState(node, saga)
  const text =
    kind === 'any' ? textAt(x + 10, y + 14, name, 'small muted italic') : textAt(x + 8.5, y + 17.5, 'H', 'name')
  return el('g', { class: classes({ node: true, any: kind === 'any', visited }) }, [
    title(node),
    el('rect', { class: 'body', x, y, width, height, rx: height / 2 }),
    text,
  ])
}

const drawState = (node: PictureNode, saga: Picture['saga']): string => {
  const { kind, x, y, width, height, name, says, live, visited, compensating, needsPerson } = node
  const hue = hueOf(node, saga?.ended ?? false)
  const isEnd = kind === 'final'
  const left = x + 14 + iconWidth(node)
  const radius = isEnd ? height / 2 : 9
  const word = hereWord(node)
  const className = classes({ node: true, undo: compensating, person: needsPerson, visited, live, [hue]: live })
  return el('g', { class: className }, [
    title(node),
    ...(live
      ? [el('rect', { class: `halo ${hue}`, x: x - 4, y: y - 4, width: width + 8, height: height + 8, rx: radius + 4 })]
      : []),
    el('rect', { class: 'body', x, y, width, height, rx: radius }),
    ...(needsPerson ? [personIcon(x + 12, y + 10)] : []),
    ...(isEnd ? [endIcon(x + 12, y + 10)] : []),
    textAt(left, y + 21.5, name, 'name'),
    ...says.map((type, index) =>
      textAt(x + 14, y + 21.5 + NAME_LINE_PX + index * CODE_LINE_PX, `→ ${type}`, 'code muted'),
    ),
    ...(live ? [chip(x + width - chipWidth(word) - 8, y + 17, word, 'here')] : []),
  ])
}

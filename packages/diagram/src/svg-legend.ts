import { codeWidth, nameWidth, SMALL_PX } from './measure.ts'
import type { Picture } from './picture.ts'
import { badge, endIcon, personIcon, undoIcon } from './svg-marks.ts'
import { hueOf } from './svg-nodes.ts'
import { el, textAt } from './xml.ts'

interface Item {
  readonly text: string
  readonly signWidth: number
  /** The sign, its upper left corner at 0, 0, 18 high. */
  readonly sign: string
}

export interface Legend {
  readonly height: number
  readonly placed: readonly (Item & { readonly x: number; readonly y: number })[]
}

const ROW_PX = 28
const GAP_PX = 22

/** What the signs mean; only of those that are in the picture, in as many rows as it needs. */
export const legendOf = (picture: Picture, width: number): Legend => {
  let x = 0
  let y = 0
  const placed = itemsOf(picture).map((item) => {
    const itemWidth = item.signWidth + 8 + nameWidth(item.text, SMALL_PX)
    if (x > 0 && x + itemWidth > width) {
      x = 0
      y += ROW_PX
    }
    const place = { ...item, x, y }
    x += itemWidth + GAP_PX
    return place
  })
  return { height: y + ROW_PX, placed }
}

export const drawLegend = ({ placed }: Legend): string[] =>
  placed.map(({ x, y, sign, signWidth, text }) =>
    el('g', { transform: `translate(${x} ${y})` }, [sign, textAt(signWidth + 8, 13, text, 'small muted')]),
  )

const itemsOf = ({ nodes, saga, taken, live }: Picture): Item[] => {
  const items: Item[] = [
    { text: 'start', signWidth: 12, sign: el('circle', { class: 'dot', cx: 6, cy: 9, r: 6 }) },
    { text: 'end', signWidth: 14, sign: endIcon(0, 2) },
  ]
  if (nodes.some(({ says }) => says.length > 0)) {
    const text = '→ message'
    items.push({ text: 'said on entry', signWidth: codeWidth(text), sign: textAt(0, 13, text, 'code muted') })
  }
  if (taken.length > 0) {
    const line = el('path', { class: 'line visited', d: 'M0 9H46' }) + badge(23, 9, [1])
    items.push({ text: 'way taken, by line of the history', signWidth: 46, sign: line })
  }
  const here = nodes.find(({ path }) => path === live[0])
  if (saga && here) items.push(liveItem(hueOf(here, saga.ended), saga.ended))
  if (nodes.some(({ compensating }) => compensating)) {
    const ground = el('rect', { class: 'ground undo', x: 0.5, y: 0.5, width: 30, height: 17, rx: 5 })
    items.push({ text: 'undoes what was done', signWidth: 31, sign: ground + undoIcon(9, 3) })
  }
  if (nodes.some(({ needsPerson }) => needsPerson)) {
    const ground = el(
      'g',
      { class: 'node person' },
      el('rect', { class: 'body', x: 0.5, y: 0.5, width: 30, height: 17, rx: 5 }),
    )
    items.push({ text: 'waits for a person', signWidth: 31, sign: ground + personIcon(9.5, 2.5) })
  }
  return items
}

const liveItem = (hue: string, ended: boolean): Item => {
  const body = el('g', { class: `node live ${hue}` }, [
    el('rect', { class: `halo ${hue}`, x: -1, y: -1, width: 32, height: 20, rx: 8 }),
    el('rect', { class: 'body', x: 2, y: 2, width: 26, height: 14, rx: 5 }),
  ])
  return { text: ended ? 'where it ended' : 'where it is now', signWidth: 30, sign: body }
}

import { chipWidth, codeWidth, SMALL_PX } from './measure.ts'
import { numbersText } from './words.ts'
import { el, textAt } from './xml.ts'

/* The small signs of the picture; the legend shows the same ones. */

/** Turned back: it undoes. 12 by 12, from its upper left corner. */
export const undoIcon = (x: number, y: number): string =>
  el('path', {
    class: 'icon undo',
    d: `M${x + 4} ${y + 1}L${x + 1} ${y + 4}L${x + 4} ${y + 7}M${x + 1} ${y + 4}H${x + 7.5}A3.5 3.5 0 0 1 ${x + 7.5} ${y + 11}H${x + 4}`,
  })

/** Head and shoulders: a person is asked. */
export const personIcon = (x: number, y: number): string =>
  el('path', {
    class: 'icon person',
    d: `M${x + 8.5} ${y + 3.5}A2.5 2.5 0 1 1 ${x + 3.5} ${y + 3.5}A2.5 2.5 0 1 1 ${x + 8.5} ${y + 3.5}M${x + 1} ${y + 12}C${x + 1} ${y + 6.5} ${x + 11} ${y + 6.5} ${x + 11} ${y + 12}`,
  })

/** A ring with a dot: the saga, or what is nested, ends here. */
export const endIcon = (x: number, y: number): string =>
  el('path', {
    class: 'icon',
    d: `M${x + 13} ${y + 7}A6 6 0 1 1 ${x + 1} ${y + 7}A6 6 0 1 1 ${x + 13} ${y + 7}M${x + 9} ${y + 7}A2 2 0 1 1 ${x + 5} ${y + 7}A2 2 0 1 1 ${x + 9} ${y + 7}`,
  })

/** A word on a strong ground, centred at `y`. */
export const chip = (x: number, y: number, text: string, className = ''): string =>
  el('rect', { class: `chip ${className}`.trim(), x, y: y - 9, width: chipWidth(text), height: 18, rx: 9 }) +
  textAt(x + chipWidth(text) / 2, y + 4, text, 'chip-text')

/** The numbers of a line that was taken, around its upper left corner. */
export const badge = (x: number, y: number, numbers: readonly number[]): string => {
  const text = numbersText(numbers)
  const width = Math.max(18, codeWidth(text, SMALL_PX) + 8)
  return (
    el('rect', { class: 'badge', x: x - 9, y: y - 9, width, height: 18, rx: 9 }) +
    textAt(x - 9 + width / 2, y + 4, text, 'badge-text')
  )
}

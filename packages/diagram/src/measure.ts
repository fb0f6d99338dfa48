import type { GraphEdge, GraphNode } from './graph.ts'

/*
 * How much room texts take. A server has no fonts to ask, so widths come from a table of the widest of the usual
 * fonts: with any other the text is narrower than its box, never cut off. All lengths are in pixels of the picture.
 */
export const NAME_PX = 13
export const CODE_PX = 10.5
export const SMALL_PX = 11
export const CODE_LINE_PX = 14
/** From a state's name to the first line below it. */
export const NAME_LINE_PX = 18
/** Heads of states that hold others. */
export const HEAD_PX = 34
/** Room above a label in which the numbers of its line sit. */
export const BADGE_PX = 13

export interface Size {
  readonly width: number
  readonly height: number
}

/** Every usual monospace font has letters of 0.6 of its size; wide scripts take two columns. */
export const codeWidth = (text: string, px = CODE_PX): number =>
  [...text].reduce((sum, letter) => sum + (isWide(letter) ? 1.25 : 0.61), 0) * px

/** Sans serif, bold: the widest case. */
export const nameWidth = (text: string, px = NAME_PX): number =>
  [...text].reduce((sum, letter) => sum + emOf(letter), 0) * px

const isWide = (letter: string): boolean => (letter.codePointAt(0) ?? 0) >= 0x1100

const emOf = (letter: string): number => {
  if (isWide(letter)) return 1.25
  if ("ijlI.,:;'|! ".includes(letter)) return 0.38
  if ('frt()[]-·'.includes(letter)) return 0.48
  if ('mwMW@%'.includes(letter)) return 1.05
  return /[A-Z0-9_…→]/.test(letter) || letter > '~' ? 0.8 : 0.7
}

/** The little room that an icon before a name takes; an end's ring takes a little more. */
export const ICON_PX = 18
const RING_PX = 22
export const POINT_OF_NO_RETURN = 'point of no return'

/** A word on a ground of its own. */
export const chipWidth = (text: string): number => nameWidth(text, SMALL_PX) + 16

/** The word beside the name of the state in which the saga is: an end is not left any more. */
export const hereWord = ({ kind }: Pick<GraphNode, 'kind'>): string => (kind === 'final' ? 'ended' : 'now')

/** What stands before a state's name. */
export const iconWidth = ({ needsPerson, kind }: Pick<GraphNode, 'kind' | 'needsPerson'>): number =>
  needsPerson ? ICON_PX : kind === 'final' ? RING_PX : 0

export const sizeOf = (node: GraphNode): Size => {
  const { kind, name, says } = node
  if (kind === 'initial') return { width: 12, height: 12 }
  if (kind === 'history') return { width: 26, height: 26 }
  if (kind === 'any') return { width: nameWidth(name, SMALL_PX) + 20, height: 20 }
  // The layout is the same wherever the saga is, so every state has room for the word that says so.
  const head = iconWidth(node) + nameWidth(name) + 8 + chipWidth(hereWord(node))
  const lines = says.map((type) => codeWidth(`→ ${type}`))
  return {
    width: Math.max(head + 22, ...lines.map((line) => line + 28)),
    height: 34 + (says.length > 0 ? says.length * CODE_LINE_PX + 4 : 0),
  }
}

/** What a holding state needs for its head: name, messages said on entry, marks. */
export const headSize = ({ name, says, pointOfNoReturn, compensating, kind }: GraphNode): Size => {
  const parallel = kind === 'parallel' ? nameWidth('in parallel', SMALL_PX) + 10 : 0
  const noReturn = pointOfNoReturn ? chipWidth(POINT_OF_NO_RETURN) : 0
  const lines = says.map((type) => codeWidth(`→ ${type}`))
  return {
    width: Math.max((compensating ? ICON_PX : 0) + nameWidth(name) + 10 + parallel + noReturn, ...lines) + 28,
    height: HEAD_PX + says.length * CODE_LINE_PX,
  }
}

export const labelSize = ({ causes }: GraphEdge): Size => {
  const lines = causes.flatMap((cause) => cause.lines)
  if (lines.length === 0) return { width: 0, height: 0 }
  return {
    width: Math.max(...lines.map((line) => codeWidth(line))) + 14,
    height: lines.length * CODE_LINE_PX + 6 + BADGE_PX,
  }
}

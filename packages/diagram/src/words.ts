import type { DescribedEdge, Description } from '@skald/saga'

/** A line of a label gets no longer than this; what is cut is in the title that a pointer shows. */
const MAX_LINE_CHARS = 30

/**
 * Message types without their version, where that leaves no doubt: `payment.refund-failed.v1` is `payment.refund-failed`.
 * A chart that knows two versions of one name keeps both numbers.
 */
export const shortTypes = (types: readonly string[]): ((type: string) => string) => {
  const all = [...new Set(types)]
  const stems = all.map(withoutVersion)
  return (type) => {
    const stem = withoutVersion(type)
    return stems.filter((other) => other === stem).length > 1 ? type : stem
  }
}

const withoutVersion = (type: string): string => type.replace(/\.v\d+$/, '')

export const typesOf = ({ startedBy, states, edges }: Description): string[] => [
  startedBy,
  ...states.flatMap(({ says }) => says),
  ...edges.flatMap(({ on, kind, says }) => (kind === 'event' ? [on, ...says] : says)),
]

/** What lets an edge be taken, in words: `after stockDeadline`, `person: retry`, `inventory.reserved`. */
export const causeText = ({ on, kind }: DescribedEdge, short: (type: string) => string): string => {
  if (kind === 'timer') return `after ${on}`
  if (kind === 'done') return 'done'
  if (kind === 'always') return 'at once'
  return on.startsWith('operator.') ? `person: ${on.slice('operator.'.length)}` : short(on)
}

/** A guard without its parameters: `mayBeSilentAgain({"step":"refund"})` is `mayBeSilentAgain`. */
export const guardText = (guard: string): string => guard.replace(/\(.*\)$/s, '')

/** The lines of one cause: the guard stands below when both do not fit beside each other. */
export const linesOf = (text: string, guard: string): string[] => {
  if (guard === '') return [cut(text)]
  const condition = `[${guard}]`
  const line = `${text} ${condition}`
  return line.length <= MAX_LINE_CHARS ? [line] : [cut(text), cut(condition)]
}

/** Long names lose their middle: the start says what it is about, the end what happened. */
export const cut = (text: string, maxChars = MAX_LINE_CHARS): string => {
  const letters = [...text]
  if (letters.length <= maxChars) return text
  const tail = Math.floor((maxChars - 1) / 2)
  return `${letters.slice(0, maxChars - 1 - tail).join('')}…${letters.slice(-tail).join('')}`
}

/** The last part of a state's path; a key may itself hold dots, so the parent is what is taken off. */
export const nameOf = (path: string, parent: string): string => (parent === '' ? path : path.slice(parent.length + 1))

/** As many numbers as fit; of a longer row its start and its end. */
export const numbersText = (numbers: readonly number[]): string => {
  const last = numbers.at(-1)
  return numbers.length <= 4 ? numbers.join(', ') : `${numbers.slice(0, 2).join(', ')} … ${last} (${numbers.length}×)`
}

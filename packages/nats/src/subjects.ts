/** What a subject of ours looks like: tokens of letters, digits, `-` and `_`. Wildcards and spaces cannot slip in. */
const LITERAL = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/

export const isLiteral = (subject: string): boolean => LITERAL.test(subject)

/** Whether a filter takes a subject: `*` stands for one token, a final `>` for one or more. */
export const takes = (filter: string, subject: string): boolean => {
  const wanted = filter.split('.')
  const tokens = subject.split('.')
  for (const [index, want] of wanted.entries()) {
    if (want === '>') return tokens.length > index
    if (tokens[index] === undefined || (want !== '*' && want !== tokens[index])) return false
  }
  return tokens.length === wanted.length
}

/** Whether some subject is taken by both filters. */
export const overlap = (one: string, other: string): boolean => {
  const left = one.split('.')
  const right = other.split('.')
  for (let index = 0; ; index++) {
    const a = left[index]
    const b = right[index]
    if (a === undefined || b === undefined) return a === b
    if (a === '>' || b === '>') return true
    if (a !== b && a !== '*' && b !== '*') return false
  }
}

/** JSON as a formatter would leave it, so that generated files pass the same check as written ones. */

const WIDTH = 120

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null

const entriesOf = (object: object): [string, unknown][] =>
  Object.entries(object).filter(([, value]: [string, unknown]) => value !== undefined)

const writeArray = (list: readonly unknown[], indent: string, lead: number): string => {
  const inOneLine = `[${list.map((item) => JSON.stringify(item)).join(', ')}]`
  // One more for the comma that may follow.
  if (list.every(isScalar) && lead + inOneLine.length + 1 <= WIDTH) return inOneLine
  const inner = `${indent}  `
  return `[\n${list.map((item) => inner + write(item, inner, inner.length)).join(',\n')}\n${indent}]`
}

/** `lead` is how many characters stand before the value in its line. */
const write = (value: unknown, indent: string, lead: number): string => {
  if (isScalar(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return writeArray(value, indent, lead)
  const entries = entriesOf(value as object)
  if (entries.length === 0) return '{}'
  const inner = `${indent}  `
  const lines = entries.map(([key, item]) => {
    const label = `${inner}${JSON.stringify(key)}: `
    return label + write(item, inner, label.length)
  })
  return `{\n${lines.join(',\n')}\n${indent}}`
}

/** Two spaces, short lists in one line, a line end at the end. Equal values give equal texts. */
export const jsonText = (value: unknown): string => `${write(value, '', 0)}\n`

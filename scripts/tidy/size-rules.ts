import { fileRule, isCode, type Rule } from './rule.ts'

const MAX_LINES = 300

/** A file that does not fit the head is read by nobody. Data that a program wrote is not code. */
const fileSize = fileRule('file size', isCode, ({ path, text }) => {
  const lines = text.split('\n').length - 1
  return lines > MAX_LINES ? [{ path, line: lines, says: `${lines} lines, more than ${MAX_LINES}: split it` }] : []
})

export const sizeRules: readonly Rule[] = [fileSize]

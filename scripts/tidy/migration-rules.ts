import { everyMatch, fileRule, type Rule } from './rule.ts'

/** They ran everywhere before anything had to go on beside them. */
const BEFORE_THE_FIRST_RELEASE = /\/(0001_|0002_)/
const isMigration = (path: string) => /^prisma\/[^/]+\/migrations\/.*\.sql$/.test(path)

/** What a program of the release before stumbles over. */
const BREAKING: readonly (readonly [RegExp, string])[] = [
  [/\bDROP\s+(TABLE|COLUMN)\b/gi, 'the release before still uses it'],
  [/\bRENAME\b/gi, 'the release before knows only the old name'],
  [/\bALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE\b/gi, 'the release before writes the old type'],
  [/\bALTER\s+COLUMN\s+\w+\s+SET\s+NOT\s+NULL\b/gi, 'the release before may leave it out'],
  [
    /\bADD\s+COLUMN\b(?=[^,;]*\bNOT\s+NULL\b)(?![^,;]*\bDEFAULT\b)[^,;]*/gi,
    'the release before does not fill it: DEFAULT',
  ],
]

/**
 * While services are replaced one by one, old code runs on the new schema: a release only adds. What nothing uses any more
 * goes with a later one, in a migration whose first line says so: `-- Contract: <what stopped using it, and when>`.
 */
const expandOnly = fileRule(
  'migrations only add',
  (path) => isMigration(path) && !BEFORE_THE_FIRST_RELEASE.test(path),
  (file) => {
    if (/^-- Contract: \S/.test(file.text)) return []
    const statements = { ...file, text: file.text.replace(/--[^\n]*/g, (comment) => ' '.repeat(comment.length)) }
    return BREAKING.flatMap(([pattern, why]) => everyMatch(statements, pattern, (match) => `${match.trim()}: ${why}`))
  },
)

export const migrationRules: readonly Rule[] = [expandOnly]

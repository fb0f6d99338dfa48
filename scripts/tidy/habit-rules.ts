import {
  everyMatch,
  fileRule,
  isCode,
  isRuleItself,
  isTest,
  isTypeScript,
  lineAt,
  type Rule,
  type SourceFile,
} from './rule.ts'
import { withoutText } from './without-text.ts'

const isProse = (path: string) => isCode(path) || /\.(md|json|ya?ml|sh|prisma)$/.test(path)

const suppressions = fileRule(
  'no suppressions',
  (path) => isCode(path) && !isRuleItself(path),
  (file) =>
    everyMatch(
      file,
      /@ts-(ignore|expect-error|nocheck)|(biome|prettier|v8|c8|istanbul)[- ]ignore|(eslint|oxlint)-disable/g,
      (found) => `${found}: a rule that is in the way is changed for all, or obeyed`,
    ),
)

const postponed = fileRule(
  'nothing postponed',
  (path) => isProse(path) && !isRuleItself(path) && !path.endsWith('-lock.yaml'),
  (file) => everyMatch(file, /\b(TODO|FIXME|HACK)\b/g, (found) => `${found}: do it, or write an issue`),
)

const noAny = codeRule(
  'no any',
  isTypeScript,
  /(?<=[:<,|&(]\s*|\bas\s+|=>\s*)any\b(?!\s*[(:.])/g,
  () => 'any: use unknown and look at it, or say the type',
)

const exportStar = codeRule(
  'doors list their names',
  isTypeScript,
  /\bexport\s+\*/g,
  () => 'export *: list the names by hand, so that a door can be read',
)

const skippedTests = codeRule(
  'no skipped tests',
  isTest,
  /\b(?:test|it|describe)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf|fails)\b|\bx(?:it|test|describe)\s*\(/g,
  (found) => `${found}: every test runs, everywhere`,
)

/** One turn of a loop that asks again and again may pause for so long. */
const MAX_PAUSE_MS = 50

const fixedSleeps = fileRule('no fixed sleeps in tests', isTest, ({ path, text }) => {
  const pattern =
    /\bawait\s+(?:sleep|delay|wait|pause|setTimeout)\s*\((?<inAwait>[\w.]*)|new Promise[^\n]*\bsetTimeout\([\w.]+,\s*(?<inPromise>[\w.]*)/g
  const code = withoutText(text)
  return [...code.matchAll(pattern)]
    .filter(({ groups }) => !(Number(groups?.['inAwait'] ?? groups?.['inPromise']) <= MAX_PAUSE_MS))
    .map(({ index }) => ({
      path,
      line: lineAt(text, index),
      says: 'a fixed time is too short on one machine and too long on all others: wait for a condition',
    }))
})

const noMocks = codeRule(
  'no mocks of modules',
  isTest,
  /\bvi\.(?:mock|doMock|hoisted)\b/g,
  (found) => `${found}: pass in what is to be replaced, and use the real servers`,
)

const commentedOutCode = fileRule(
  'no commented-out code',
  (path) => isTypeScript(path) && !isRuleItself(path),
  (file) =>
    everyMatch(
      file,
      /^\s*\/\/\s*(?:(?:const|let|var)\s+\w+\s*=|import\s.*\sfrom\s|export\s+(?:const|function|type)\b|await\s+\w+\(|return\s+\w+\(|\}\s*$)/gm,
      () => 'commented-out code: the history keeps it',
    ),
)

const noVagueNames = fileRule(
  'names say what is inside',
  (path) => isTypeScript(path),
  ({ path, text }) => [
    ...(/(?:^|[/.-])(?:utils?|helpers?|common|managers?|misc)(?:[/.-]|$)/.test(path)
      ? [{ path, line: 1, says: 'a file called so collects what nobody finds again: name what it does' }]
      : []),
    ...everyMatch(
      { path, text: withoutText(text) },
      /^(?:export )?(?:class|interface|type|function|const)\s+\w*(?:Utils?|Helpers?|Manager)\b/gm,
      (found) => `${found}: name what it does`,
    ),
  ],
)

/** A rule about code alone, blind to comments and strings. */
function codeRule(
  name: string,
  applies: (path: string) => boolean,
  pattern: RegExp,
  says: (match: string) => string,
): Rule {
  const check = ({ path, text }: SourceFile) => everyMatch({ path, text: withoutText(text) }, pattern, says)
  return fileRule(name, (path) => applies(path), check)
}

export const habitRules: readonly Rule[] = [
  suppressions,
  postponed,
  noAny,
  exportStar,
  skippedTests,
  fixedSleeps,
  noMocks,
  commentedOutCode,
  noVagueNames,
]

import { everyMatch, fileRule, isTest, isTypeScript, type Rule } from './rule.ts'
import { withoutText } from './without-text.ts'

const isSource = (path: string) =>
  isTypeScript(path) && !isTest(path) && /^(packages|services)\/[^/]+\/src\//.test(path)

/** What decides must decide the same again, in the simulator and in a replay: it is told the time and never asks. */
const isPure = (path: string) =>
  isSource(path) &&
  (/^packages\/(contracts|saga|messaging)\//.test(path) || path.startsWith('services/')) &&
  !path.endsWith('/main.ts') &&
  !isOuterEdge(path)

/** The gateways: systems that are not ours, and the simulation of one. They have time limits and turns of their own. */
const isOuterEdge = (path: string) => /^services\/payment-service\/src\/payments\/(stripe|simulated)\//.test(path)

const AMBIENT = new RegExp(
  [
    String.raw`\bDate\.now\b`,
    String.raw`\bnew Date\(\)`,
    String.raw`\bMath\.random\b`,
    String.raw`\bperformance\.\w+`,
    String.raw`\brandomUUID\b`,
    String.raw`\bgetRandomValues\b`,
    String.raw`\bset(?:Timeout|Interval|Immediate)\s*\(`,
    String.raw`\bfetch\s*\(`,
  ].join('|'),
  'g',
)

const noAmbient = fileRule('no clock and no chance in what decides', isPure, ({ path, text }) =>
  everyMatch({ path, text: withoutText(text) }, AMBIENT, (found) => `${found}: take time and chance as arguments`),
)

/** Who may read arguments, the environment, or end the process. */
const mayTouchProcess = (path: string) =>
  !isSource(path) ||
  /^services\/[^/]+\/src\/main\.ts$/.test(path) ||
  /^packages\/(service|servers|testing|e2e)\//.test(path)

const noProcess = fileRule(
  'the process belongs to main',
  (path) => isTypeScript(path) && !mayTouchProcess(path),
  ({ path, text }) =>
    everyMatch(
      { path, text: withoutText(text) },
      /\bprocess\.\w+/g,
      (found) => `${found}: main.ts passes in what is needed`,
    ),
)

/** Node's modules that a folder may import; the first matching line counts, and no line means any. */
const NODE_MODULES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^packages\/(contracts|saga)\/src\//, []],
  // A digest of a message's content.
  [/^packages\/messaging\/src\//, ['crypto']],
  [/^services\/payment-service\/src\/payments\/stripe\//, ['http', 'https']],
  [/^services\/[^/]+\/src\/(?!main\.ts)/, []],
]

const nodeModules = fileRule('inner folders know no machine', isSource, (file) => {
  const allowed = NODE_MODULES.find(([folder]) => folder.test(file.path))?.[1]
  if (allowed === undefined) return []
  return everyMatch(file, /(?<=from ')node:[\w/]+(?=')/g, (found) => `${found} may not be imported here`).filter(
    ({ says }) => !allowed.some((name) => says.startsWith(`node:${name} `)),
  )
})

export const purityRules: readonly Rule[] = [noAmbient, noProcess, nodeModules]

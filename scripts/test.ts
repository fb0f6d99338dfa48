import { parseArgs } from 'node:util'
import type { Check } from './checks/check.ts'
import { allChecks } from './checks/checks.ts'
import { runVitest, type Tally } from './checks/vitest-run.ts'
import { outliveReader, say, write } from './environment/say.ts'

const HELP = `Usage: ./scripts/test [--checks] [path ...]

Runs every check (format, lint, types, the rules of the house, migrations) and every test: unit, simulation, integration
on a PostgreSQL and a NATS of their own, and end to end over real processes.

  path       only the tests of files whose path contains this, and no checks
  --checks   only the checks
  --help     this text

The last line says how many passed and failed; a check counts as one.`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { checks: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) {
    write(HELP)
    return 0
  }
  const tallies: Tally[] = []
  if (positionals.length === 0) tallies.push(await runChecks(allChecks()))
  if (!values.checks) tallies.push(await runVitest(positionals))
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0)
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0)
  write(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

async function runChecks(checks: readonly Check[]): Promise<Tally> {
  const failures: string[] = []
  for (const { name, run } of checks) {
    const startedAt = performance.now()
    const wrong = await run().catch((error: unknown) => String(error))
    const took = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
    say(wrong === undefined ? 'passed' : 'FAILED', `${name} (${took})`, wrong === undefined ? 'good' : 'bad')
    if (wrong !== undefined) {
      failures.push(name)
      write(firstLines(wrong))
    }
  }
  return { passed: checks.length - failures.length, failed: failures.length }
}

const MAX_LINES_A_CHECK = 100

function firstLines(text: string): string {
  const lines = text.split('\n')
  if (lines.length <= MAX_LINES_A_CHECK) return text
  return [...lines.slice(0, MAX_LINES_A_CHECK), `... and ${lines.length - MAX_LINES_A_CHECK} lines more`].join('\n')
}

outliveReader()
try {
  process.exitCode = await main()
} catch (error) {
  // A slip of the pen; anything else is a fault of ours, and its stack says where.
  if (!(error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}

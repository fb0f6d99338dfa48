import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { repository } from '../environment/repository.ts'

export type Tally = { readonly passed: number; readonly failed: number }

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  success: z.boolean(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
})

/** Runs the tests, showing their progress. Whatever does not pass counts as failed: skipped, unloadable, unreported. */
export async function runVitest(filters: readonly string[]): Promise<Tally> {
  const dir = mkdtempSync(join(tmpdir(), 'skald-report-'))
  try {
    const file = join(dir, 'report.json')
    const code = await run(['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...filters])
    return tallyOf(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined, code)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Exported for its test. */
export function tallyOf(json: unknown, exitCode: number): Tally {
  const parsed = report.safeParse(json)
  if (!parsed.success) return { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = parsed.data
  const unloadable = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length
  const failed = numFailedTests + numPendingTests + numTodoTests + unloadable
  // An error outside every test, in a hook of the whole run or after its end.
  const isFailedOtherwise = failed === 0 && exitCode !== 0
  return { passed: numPassedTests, failed: isFailedOtherwise ? 1 : failed }
}

function run(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(repository, 'node_modules', '.bin', 'vitest'), [...args], {
      cwd: repository,
      stdio: 'inherit',
    })
    // Whoever ends us ends the tests, too; Ctrl-C in a terminal reaches both.
    const forward = (signal: NodeJS.Signals) => child.kill(signal)
    process.on('SIGTERM', forward).on('SIGINT', () => undefined)
    child.once('error', reject)
    child.once('exit', (code) => {
      process.off('SIGTERM', forward)
      resolve(code ?? 1)
    })
  })
}

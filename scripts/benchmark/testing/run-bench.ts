import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { repository } from '../../environment/repository.ts'

export interface BenchRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs ./scripts/bench, without the install, until it ends. What it leaves behind is seen by a folder of its own. */
export const runBench = (
  temporary: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<BenchRun> =>
  new Promise((resolve) => {
    const main = join('scripts', 'benchmark', 'main.ts')
    const options = { cwd: repository, env: { ...process.env, TMPDIR: temporary, ...env } }
    execFile(process.execPath, ['--conditions=@skald/source', main, ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr })
    })
  })

import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem } from 'node:os'

/** What was measured, on what. */
export interface Machine {
  readonly revision: string
  readonly processors: number
  readonly processor: string
  readonly memoryBytes: number
  readonly kernel: string
  readonly node: string
}

export const thisMachine = (): Machine => ({
  revision: revision(),
  processors: availableParallelism(),
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  memoryBytes: totalmem(),
  kernel: release(),
  node: process.version,
})

/** The commit, with `-dirty` when something was changed since; a copy without git has none. */
const revision = (): string => {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

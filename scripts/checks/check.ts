import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repository } from '../environment/repository.ts'

/** One thing that must hold. It counts as one test. */
export type Check = {
  readonly name: string
  /** Resolves with what is wrong, for a person to read; with nothing when it holds. */
  readonly run: () => Promise<string | undefined>
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** A check by a program of node_modules/.bin: it holds when the program ends with 0. */
export function programCheck(name: string, program: string, args: readonly string[]): Check {
  return {
    name,
    run: async () => {
      try {
        await promisify(execFile)(join(repository, 'node_modules', '.bin', program), [...args], {
          cwd: repository,
          maxBuffer: MAX_OUTPUT_BYTES,
        })
        return undefined
      } catch (error) {
        const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string }
        return `${stdout}${stderr}`.trim() || message
      }
    },
  }
}

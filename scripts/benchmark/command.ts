import { say } from './progress.ts'

/** Told when a person, or who started us, wants the end: whatever is under way stops what it started. */
export const interrupt = new AbortController()

/**
 * Runs a command of this folder's kind, and ends the process with its exit code: 2 for what could not be asked or done, 130
 * when it was interrupted. The arguments are read by `readOptions`: undefined stands for a wish for help.
 */
export const command = async <Options>(
  help: string,
  readOptions: (args: readonly string[]) => Options | undefined,
  run: (options: Options) => Promise<number>,
): Promise<never> => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      say(`${signal}: stopping what was started; once more to leave at once`)
      interrupt.abort(new Error(`interrupted by ${signal}`))
    })
  }
  // Whatever is still under way after an interruption is not waited for.
  process.exit(await exitCode(help, readOptions, run))
}

const exitCode = async <Options>(
  help: string,
  readOptions: (args: readonly string[]) => Options | undefined,
  run: (options: Options) => Promise<number>,
): Promise<number> => {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options !== undefined) return await run(options)
    process.stdout.write(`${help}\n`)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return interrupt.signal.aborted ? 130 : 2
  }
}

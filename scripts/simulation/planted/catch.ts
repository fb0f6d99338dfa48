import { runSchedule } from '../schedule.ts'

/* Runs schedules until one fails, and tells which: the process that a planted bug is run in. */

export interface Caught {
  /** How many schedules it took; absent when none failed. */
  readonly schedules?: number
  readonly seed?: number
  readonly invariant?: string
  readonly detail?: string
}

const [first, schedules] = process.argv.slice(2).map(Number)

const run = async (): Promise<Caught> => {
  const from = first ?? 1
  for (let seed = from; seed < from + (schedules ?? 1); seed++) {
    const [violation] = await violationsOf(seed)
    if (violation) return { ...violation, seed, schedules: seed - from + 1 }
  }
  return {}
}

/** A bug may also show as an exception. */
const violationsOf = async (seed: number) => {
  try {
    return (await runSchedule({ seed })).violations
  } catch (error) {
    return [{ invariant: 'nothing throws', detail: String(error) }]
  }
}

Error.stackTraceLimit = 0
process.on('unhandledRejection', (reason) => {
  process.stdout.write(`${JSON.stringify({ schedules: 0, invariant: 'nothing throws', detail: String(reason) })}\n`)
  process.exit(0)
})
process.stdout.write(`${JSON.stringify(await run())}\n`)

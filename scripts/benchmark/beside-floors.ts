import type { Bench } from './bench.ts'
import { postgresCpuMicros } from './cpu.ts'
import { type BarePostResult, type FloorResult, measureBarePost, measureFloors } from './floors/floors.ts'
import type { Options } from './options.ts'
import { pause, say } from './progress.ts'

/** What was measured on the same servers just before and just after: the machine's mood is in both. */
export interface Beside<Floor> {
  readonly before: Floor
  readonly after: Floor
}

/** Work that ended with a run is still being written away; a floor does not wait for it. */
const SETTLE_MS = 1_000

/** Does the work with the floors measured before and after it, while the system is up and idle. */
export const withFloors = async <T>(
  { system }: Bench,
  { warmUpMs, measureMs, seed, floors }: Options,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly floors: Beside<readonly FloorResult[]> | undefined }> => {
  const { postgresUrl, home } = system
  const measure = async (when: string): Promise<readonly FloorResult[]> => {
    await pause(SETTLE_MS)
    say(`floors ${when}: twice ${(warmUpMs + measureMs) / 1_000} s`)
    const results = await measureFloors({
      postgresUrl,
      warmUpMs,
      measureMs,
      seed,
      postgresCpuMicros: () => postgresCpuMicros(home),
    })
    for (const { name, sagasPerSecond } of results) say(`floor of ${name} ${when}: ${sagasPerSecond} sagas/s`)
    return results
  }
  if (!floors) return { result: await work(), floors: undefined }
  const before = await measure('before')
  const result = await work()
  return { result, floors: { before, after: await measure('after') } }
}

/** The same, beside a bare server that inserts the order's row and answers. */
export const withBarePost = async <T>(
  { system }: Bench,
  { warmUpMs, measureMs }: Options,
  sockets: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly bare: Beside<BarePostResult> }> => {
  const { postgresUrl } = system
  const measure = async (when: string): Promise<BarePostResult> => {
    await pause(SETTLE_MS)
    say(`bare POST ${when}: ${(warmUpMs + measureMs) / 1_000} s`)
    const result = await measureBarePost({ postgresUrl, warmUpMs, measureMs, sockets })
    say(`bare POST ${when}: ${result.postsPerSecond} POSTs/s`)
    return result
  }
  const before = await measure('before')
  const result = await work()
  return { result, bare: { before, after: await measure('after') } }
}

/** A figure beside the mean of what was measured before and after it. */
export const ratioTo = (figure: number, before: number, after: number): number => {
  const mean = (before + after) / 2
  return mean > 0 ? Number((figure / mean).toFixed(3)) : 0
}

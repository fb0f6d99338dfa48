import { fiveTransactions, sevenTransactions } from './floor.ts'
import { withFloorDatabase } from './floor-database.ts'
import { type FloorResult, measureFloor } from './measure-floor.ts'

export { type BarePostOptions, type BarePostResult, measureBarePost } from './bare-post.ts'
export type { FloorResult } from './measure-floor.ts'

export interface FloorsOptions {
  /** Of a superuser; any database of the server. */
  readonly postgresUrl: string
  readonly warmUpMs: number
  readonly measureMs: number
  readonly inFlight?: number
  readonly seed?: number
  /** Processor time that PostgreSQL has used so far, in all its processes. */
  readonly postgresCpuMicros: () => number
}

/**
 * What the effects of an order cost without any orchestration, on this server and from this process: see README.md. Each
 * floor has a database of its own, which is dropped afterwards.
 *
 * @throws when the server would lose a commit, when a floor reads whole tables, or when its books do not balance.
 */
export const measureFloors = async (options: FloorsOptions): Promise<readonly FloorResult[]> => {
  const { postgresUrl, inFlight = 64, seed = 1, ...others } = options
  const results: FloorResult[] = []
  for (const floor of [fiveTransactions, sevenTransactions]) {
    const { books: _, ...result } = await withFloorDatabase(postgresUrl, (url, client) =>
      measureFloor(floor, url, client, { inFlight, seed, ...others }),
    )
    results.push(result)
  }
  return results
}

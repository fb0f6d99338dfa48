import type { Platform } from '@skald/host'
import { type Handler, newId, StoreError } from '@skald/messaging'
import { Problem } from '@skald/service'
import { SOURCE } from '../source.ts'

/** Hands a request to the next batch and gives the decision's reply. */
export type Ask = <Data, Reply>(request: Request<Data, Reply>, subject: string, data: Data) => Promise<Reply>

/** A handler with the type of what it replies; the field is never set. */
export interface Request<Data, Reply> extends Handler<Data> {
  readonly replies?: Reply
}

/** After a restart or failover the database is back within seconds. */
const RETRY_AFTER_SECONDS = '2'

/** @throws {Problem} `unavailable` when the database cannot be reached: nothing, or everything, of the request was done. */
export const asker =
  ({ submit, clock, random }: Pick<Platform, 'submit' | 'clock' | 'random'>): Ask =>
  async (request, subject, data) => {
    const nowMs = clock.nowMs()
    const id = newId(nowMs, random())
    const time = new Date(nowMs).toISOString()
    try {
      const message = { id, type: request.type, source: SOURCE, subject, time, correlationId: id, data }
      return (await submit(request, message)) as NonNullable<typeof request.replies>
    } catch (cause) {
      if (!(cause instanceof StoreError && cause.fault === 'transient')) throw cause
      const detail = 'The database cannot be reached. Ask again; with an Idempotency-Key that is safe.'
      throw new Problem('unavailable', { detail, headers: { 'retry-after': RETRY_AFTER_SECONDS }, cause })
    }
  }

import { type Handler, newId, StoreError } from '@skald/messaging'
import { Problem } from '@skald/service'
import type { Platform } from './service.ts'

/** The handler of a request, with the type of what it replies; the field is never set. */
export interface Request<Data, Reply> extends Handler<Data> {
  readonly replies?: Reply
}

/** What the message of a request is to be, where the usual will not do. */
export interface About {
  readonly subject: string
  /** What is said because of the request gets its id from this one; new by default. */
  readonly id?: string
  /** The saga it is for; the request's own id when it is for none. */
  readonly correlationId?: string
  readonly traceparent?: string | undefined
}

/** Hands a request to the next batch and gives the decision's reply, once it is committed. */
export type Ask = <Data, Reply>(request: Request<Data, Reply>, data: Data, about: About) => Promise<Reply>

/** After a restart or a failover the database is back within seconds. */
const RETRY_AFTER_SECONDS = '2'

/**
 * How a service's routes ask for changes. `source` is the service's.
 *
 * @throws {Problem} `unavailable` while the database cannot be reached: all of the request was done, or nothing.
 */
export const asker =
  ({ submit, clock, random }: Pick<Platform, 'submit' | 'clock' | 'random'>, source: string): Ask =>
  async (request, data, { subject, traceparent, ...given }) => {
    const nowMs = clock.nowMs()
    const id = given.id ?? newId(nowMs, random())
    const time = new Date(nowMs).toISOString()
    const correlationId = given.correlationId ?? id
    try {
      const message = { id, type: request.type, source, subject, time, correlationId, traceparent, data }
      return (await submit(request, message)) as NonNullable<typeof request.replies>
    } catch (cause) {
      if (!(cause instanceof StoreError && cause.fault === 'transient')) throw cause
      const detail = 'The database cannot be reached. Ask again; with an Idempotency-Key nothing is done twice.'
      throw new Problem('unavailable', { detail, headers: { 'retry-after': RETRY_AFTER_SECONDS }, cause })
    }
  }

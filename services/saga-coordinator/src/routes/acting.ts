import { reason } from '@skald/contracts'
import { digestOf } from '@skald/messaging'
import { idempotencyHeaders, Problem, type ProblemCode, problemResponses } from '@skald/service'
import { z } from 'zod'
import type { Repeatable } from '../operator/repeatable.ts'

/* What every request of an operator has: who and why, the key under which it is done once, and the question what it would do. */

/** Who did it, for the audit: the token says that somebody may, not who it is. */
const ACTOR_MAX = 100

const actingBody = z.strictObject({
  reason: reason.describe('Why; kept for ever in the history and in the audit'),
  actor: z.string().min(1).max(ACTOR_MAX).default('operator').describe('Who; taken as it is given'),
})

const actingQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: 200 with what it would do, or 409 with why not; nothing is written, the Idempotency-Key neither'),
})

/** What every such request is made of; its own fields stand in the body beside reason and actor. */
export const actingSchema = <Fields extends z.ZodRawShape>(fields: Fields, ...codes: readonly ProblemCode[]) => ({
  querystring: actingQuery,
  headers: idempotencyHeaders(),
  body: actingBody.extend(fields),
  response: problemResponses(
    'invalid-request',
    'unauthorized',
    'forbidden',
    'idempotency-key-reused',
    'unavailable',
    ...codes,
  ),
})

export const repeatableOf = (key: string | undefined, what: readonly string[]): Repeatable | undefined =>
  key === undefined ? undefined : { key, digest: digestOf(JSON.stringify(what)) }

export const keyReused = (): Problem =>
  new Problem('idempotency-key-reused', { detail: 'Use a new Idempotency-Key for another action.' })

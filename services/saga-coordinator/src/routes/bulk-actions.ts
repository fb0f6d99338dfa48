import { id } from '@skald/contracts'
import type { Ask } from '@skald/host'
import { createCursorCodec, type Http, operatorGuard, Problem, pageFields, pageOf } from '@skald/service'
import { z } from 'zod'
import { type BulkReply, control, prepare, whyNot } from '../bulk/control.ts'
import { choose, MAX_BULK, type Preview, previewOf, type Weighing, weighAgain } from '../bulk/preview.ts'
import { ACTIONS, BULK_VERBS, type BulkVerb } from '../store/audit-tables.ts'
import type { BulkReading } from '../store/bulk-reading.ts'
import type { BulkAction } from '../store/bulk-tables.ts'
import { actingSchema, keyReused, repeatableOf } from './acting.ts'

export interface BulkActionRoutes extends Weighing {
  readonly ask: Ask
  readonly reading: BulkReading
  readonly operatorToken: string | undefined
}

const MAX_RATE = 500
const ratePerSecond = z.int().min(1).max(MAX_RATE).describe('Sagas acted on in a second, at most')
const moment = z.iso.datetime({ offset: true }).optional()
const filter = z
  .strictObject({
    definition: id.optional(),
    version: z.int().min(1).optional(),
    status: z.enum(['RUNNING', 'COMPENSATING', 'NEEDS_ATTENTION', 'PAUSED']).optional(),
    state: id.optional().describe('A state that it is in, at any depth: refunding'),
    effect: id.optional().describe('What it waits for a person for: payment.refund'),
    startedAfter: moment,
    startedBefore: moment,
  })
  .refine((given) => Object.keys(given).length > 0, 'name at least one field, or every saga would be meant')

const params = z.strictObject({ bulkId: z.string().min(1).max(64) })
const preparing = actingSchema(
  { action: z.enum(ACTIONS), filter, ratePerSecond: ratePerSecond.default(10) },
  'too-many-sagas',
)
const controlling = actingSchema(
  { ratePerSecond: ratePerSecond.optional() },
  'bulk-action-not-found',
  'bulk-action-refused',
)

const SUMMARIES: Readonly<Record<BulkVerb, string>> = {
  run: 'Acts on the sagas that were chosen, or goes on where it was paused',
  pause: 'Holds a bulk action; run lets it go on',
  stop: 'Ends a bulk action: the sagas that are left stay as they are',
}

const iso = (ms: number): string => new Date(ms).toISOString()

const view = (bulk: BulkAction) => ({
  bulkId: bulk.bulk_id,
  action: bulk.action,
  filter: bulk.filter,
  reason: bulk.reason,
  actor: bulk.actor,
  ratePerSecond: bulk.rate_per_second,
  status: bulk.status,
  total: bulk.total,
  done: bulk.done,
  refused: bulk.refused,
  remaining: bulk.total - bulk.next,
  preparedAt: iso(bulk.prepared_at),
  updatedAt: iso(bulk.updated_at),
  ...(bulk.ended_at !== null && { endedAt: iso(bulk.ended_at) }),
})

export const bulkActionRoutes = (http: Http, { ask, weigh, reading, operatorToken }: BulkActionRoutes): void => {
  const onRequest = operatorGuard(operatorToken)
  const found = async (bulkId: string): Promise<BulkAction> => (await reading.find(bulkId)) ?? unknown(bulkId)

  http.post(
    '/bulk-actions',
    {
      onRequest,
      schema: {
        ...preparing,
        summary: 'Chooses the sagas that an action is to be done to, and tells what it would do; run does it',
      },
    },
    async ({ query, headers, body: { action, filter, ratePerSecond: rate, reason, actor } }, answer) => {
      const weighed = await choose({ ask, weigh, reading }, { action, reason, filter })
      if (!weighed) throw new Problem('too-many-sagas', { detail: `It fits more than ${MAX_BULK}: narrow the filter.` })
      const preview = previewOf(weighed)
      if (query.dryRun === 'true') return answer.code(200).send({ action, filter, dryRun: true, preview })
      const repeatable = repeatableOf(headers['idempotency-key'], [
        JSON.stringify(filter),
        action,
        `${rate}`,
        reason,
        actor,
      ])
      const sagaIds = weighed.map(({ sagaId }) => sagaId)
      const data = { action, filter, ratePerSecond: rate, reason, actor, repeatable, sagaIds }
      const bulk = answered('', await ask(prepare, data, { subject: 'bulk-action' }))
      return answer
        .header('location', `/bulk-actions/${bulk.bulk_id}`)
        .code(201)
        .send({ ...view(bulk), preview })
    },
  )

  for (const verb of BULK_VERBS) {
    http.post(
      `/bulk-actions/:bulkId/${verb}`,
      { onRequest, schema: { ...controlling, params, summary: SUMMARIES[verb] } },
      async ({ params: { bulkId }, query, headers, body: { reason, actor, ratePerSecond: rate } }, answer) => {
        if (query.dryRun === 'true') return answer.code(200).send(await foreseen(await found(bulkId), verb))
        const repeatable = repeatableOf(headers['idempotency-key'], [bulkId, verb, `${rate}`, reason, actor])
        const data = { bulkId, verb, reason, actor, ratePerSecond: rate, repeatable }
        return answer.code(202).send(view(answered(bulkId, await ask(control, data, { subject: bulkId }))))
      },
    )
  }

  /** What is left of it, as it is now. */
  const foreseen = async (bulk: BulkAction, verb: BulkVerb) => {
    const why = whyNot(bulk, verb)
    if (why !== undefined) throw new Problem('bulk-action-refused', { detail: why })
    if (verb !== 'run') return { ...view(bulk), dryRun: true }
    const left = await reading.sagas(bulk.bulk_id, 'PENDING', -1, MAX_BULK)
    const sagaIds = left.map(({ saga_id }) => saga_id)
    const preview: Preview = previewOf(await weighAgain({ ask, weigh }, bulk, sagaIds))
    return { ...view(bulk), dryRun: true, preview }
  }

  bulkReadingRoutes(http, reading, found)
}

const unknown = (bulkId: string): never => {
  throw new Problem('bulk-action-not-found', { detail: `No bulk action ${bulkId} was prepared.` })
}

const answered = (bulkId: string, reply: BulkReply): BulkAction => {
  switch (reply.kind) {
    case 'done':
      return reply.answer
    case 'refused':
      throw new Problem('bulk-action-refused', { detail: reply.why })
    case 'unknown':
      return unknown(bulkId)
    case 'key-reused':
      throw keyReused()
  }
}

const cursors = createCursorCodec<{ readonly id: string }>('bulk-actions', z.strictObject({ id: z.string().max(64) }))
const places = createCursorCodec<{ readonly at: number }>('bulk-sagas', z.strictObject({ at: z.int().min(0) }))

const bulkReadingRoutes = (http: Http, reading: BulkReading, found: (id: string) => Promise<BulkAction>): void => {
  http.get('/bulk-actions/:bulkId', { schema: { summary: 'How far a bulk action is', params } }, async ({ params }) =>
    view(await found(params.bulkId)),
  )

  http.get(
    '/bulk-actions',
    { schema: { summary: 'Bulk actions, newest first', querystring: z.strictObject(pageFields()) } },
    async ({ query: { limit, cursor } }) => {
      const before = cursor === undefined ? undefined : cursors.decode(cursor).id
      const rows = await reading.list(before, limit + 1)
      return pageOf(rows, limit, { item: view, cursor: ({ bulk_id }) => cursors.encode({ id: bulk_id }) })
    },
  )

  http.get(
    '/bulk-actions/:bulkId/sagas',
    {
      schema: {
        summary: 'What became of each saga of a bulk action, in the order in which they are acted on',
        params,
        querystring: z.strictObject({ ...pageFields(), result: z.enum(['PENDING', 'DONE', 'REFUSED']).optional() }),
      },
    },
    async ({ params: { bulkId }, query: { limit, cursor, result } }) => {
      await found(bulkId)
      const after = cursor === undefined ? -1 : places.decode(cursor).at
      const rows = await reading.sagas(bulkId, result, after, limit + 1)
      return pageOf(rows, limit, {
        item: ({ saga_id, result, why }) => ({ sagaId: saga_id, result, ...(why !== null && { why }) }),
        cursor: ({ ordinal }) => places.encode({ at: ordinal }),
      })
    },
  )
}

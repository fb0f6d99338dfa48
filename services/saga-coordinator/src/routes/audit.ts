import type { SagaClient } from '@skald/database/saga'
import { createCursorCodec, type Http, pageFields, pageOf } from '@skald/service'
import { z } from 'zod'

const cursors = createCursorCodec<{ readonly seq: number }>('audit', z.strictObject({ seq: z.int().min(1) }))

type Stored = NonNullable<Awaited<ReturnType<SagaClient['operatorAudit']['findUnique']>>>

const view = (entry: Stored) => ({
  seq: entry.seq,
  at: entry.at.toISOString(),
  actor: entry.actor,
  action: entry.action,
  ...(entry.saga_id !== null && { sagaId: entry.saga_id }),
  ...(entry.letter_id !== null && { deadLetterId: entry.letter_id }),
  ...(entry.bulk_id !== null && { bulkId: entry.bulk_id }),
  messageId: entry.id,
  reason: entry.reason,
  before: JSON.parse(entry.before) as unknown,
  after: JSON.parse(entry.after) as unknown,
  ...(entry.idempotency_key !== null && { idempotencyKey: entry.idempotency_key }),
  hash: entry.hash,
})

export const auditRoutes = (http: Http, client: SagaClient): void => {
  http.get(
    '/audit',
    {
      schema: {
        summary: 'What operators did to sagas and dead letters, newest first',
        querystring: z.strictObject(pageFields()),
      },
    },
    async ({ query: { limit, cursor } }) => {
      const where = cursor === undefined ? {} : { seq: { lt: cursors.decode(cursor).seq } }
      const rows = await client.operatorAudit.findMany({ where, orderBy: { seq: 'desc' }, take: limit + 1 })
      return pageOf(rows, limit, { item: view, cursor: ({ seq }) => cursors.encode({ seq }) })
    },
  )
}

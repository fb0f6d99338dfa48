import type { SagaClient } from '@skald/database/saga'
import { createCursorCodec, type Http, pageFields, pageOf } from '@skald/service'
import { z } from 'zod'

const cursors = createCursorCodec<{ readonly seq: number }>('audit', z.strictObject({ seq: z.int().min(1) }))

type Stored = NonNullable<Awaited<ReturnType<SagaClient['operatorAudit']['findUnique']>>>

const view = ({ seq, at, actor, action, saga_id, reason, before, after, idempotency_key, hash, id }: Stored) => ({
  seq,
  at: at.toISOString(),
  actor,
  action,
  sagaId: saga_id,
  messageId: id,
  reason,
  before: JSON.parse(before) as unknown,
  after: JSON.parse(after) as unknown,
  ...(idempotency_key !== null && { idempotencyKey: idempotency_key }),
  hash,
})

export const auditRoutes = (http: Http, client: SagaClient): void => {
  http.get(
    '/audit',
    { schema: { summary: 'What operators did to sagas, newest first', querystring: z.strictObject(pageFields()) } },
    async ({ query: { limit, cursor } }) => {
      const where = cursor === undefined ? {} : { seq: { lt: cursors.decode(cursor).seq } }
      const rows = await client.operatorAudit.findMany({ where, orderBy: { seq: 'desc' }, take: limit + 1 })
      return pageOf(rows, limit, { item: view, cursor: ({ seq }) => cursors.encode({ seq }) })
    },
  )
}

import { id } from '@skald/contracts'
import { createCursorCodec, type Http, Problem, pageFields, pageOf } from '@skald/service'
import { z } from 'zod'
import type { Definitions } from '../definitions.ts'
import type { SagaPosition } from '../store/listing.ts'
import type { SagaReading } from '../store/reading.ts'
import { listView, sagaView } from '../view.ts'

const STATUSES = ['RUNNING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'NEEDS_ATTENTION', 'PAUSED'] as const

const cursors = createCursorCodec<SagaPosition>(
  'sagas',
  z.strictObject({ startedAtMs: z.number().min(0).max(8.64e15), sagaId: z.string().max(255) }),
)

/** Any unique string may be a correlation id; ours are UUIDs. */
const sagaIdField = () => z.string().min(1).max(255)

export const sagaRoutes = (http: Http, reading: SagaReading, definitions: Definitions): void => {
  http.get(
    '/sagas/:sagaId',
    { schema: { summary: 'A saga with its history', params: z.strictObject({ sagaId: sagaIdField() }) } },
    async ({ params: { sagaId } }) => {
      const saga = await reading.saga(sagaId)
      if (!saga) throw new Problem('saga-not-found', { detail: `No saga ${sagaId} has started.` })
      return sagaView(saga, await reading.history(saga), definitions)
    },
  )

  http.get(
    '/sagas',
    {
      schema: {
        summary: 'Sagas, newest first',
        querystring: z.strictObject({
          ...pageFields(),
          status: z.enum(STATUSES).optional(),
          definition: id.optional(),
          correlationId: sagaIdField().optional(),
        }),
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const after = cursor === undefined ? undefined : cursors.decode(cursor)
      const rows = await reading.list(filter, after, limit + 1)
      return pageOf(rows, limit, {
        item: listView,
        cursor: ({ started_at, saga_id }) => cursors.encode({ startedAtMs: started_at, sagaId: saga_id }),
      })
    },
  )
}

import { id } from '@skald/contracts'
import { createCursorCodec, type Http, invalidRequest, Problem, pageFields, pageOf } from '@skald/service'
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

/** There is no list of all others: it would be all but a few of all sagas. */
const onlyTrue = (what: string) => z.literal('true', 'must be true, or left out').describe(`true: only ${what}`)

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
          stuck: onlyTrue('sagas that wait for nothing, or for what was due long ago').optional(),
          slow: onlyTrue('sagas beyond their service level').optional(),
        }),
      },
    },
    async ({ query: { limit, cursor, stuck, slow, ...filter } }) => {
      if (stuck && slow) throw invalidRequest([{ field: 'query.slow', message: 'ask for stuck or for slow, not both' }])
      const after = cursor === undefined ? undefined : cursors.decode(cursor)
      const concern = stuck ? 'stuck' : slow ? 'slow' : undefined
      const rows = await reading.list({ ...filter, concern }, after, limit + 1)
      return pageOf(rows, limit, {
        item: listView,
        cursor: ({ started_at, saga_id }) => cursors.encode({ startedAtMs: started_at, sagaId: saga_id }),
      })
    },
  )
}

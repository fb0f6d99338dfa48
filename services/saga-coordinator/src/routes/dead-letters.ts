import type { SagaClient } from '@skald/database/saga'
import { createCursorCodec, type Http, Problem, pageFields, pageOf } from '@skald/service'
import { z } from 'zod'

interface Position {
  readonly receivedAtMs: number
  readonly id: string
}

const cursors = createCursorCodec<Position>(
  'dead-letters',
  z.strictObject({ receivedAtMs: z.number().min(0).max(8.64e15), id: z.uuid() }),
)

type Stored = NonNullable<Awaited<ReturnType<SagaClient['reportedDeadLetter']['findUnique']>>>

const view = ({ message_id, type, received_at, redrive_id, ...letter }: Stored) => ({
  ...letter,
  ...(message_id !== null && { messageId: message_id }),
  ...(type !== null && { type }),
  receivedAt: received_at.toISOString(),
  ...(redrive_id !== null && { redriveId: redrive_id }),
})

/** Dead letters of all services, newest first. */
export const deadLetterRoutes = (http: Http, client: SagaClient): void => {
  http.get(
    '/dead-letters',
    { schema: { summary: 'Dead letters of all services, newest first', querystring: z.strictObject(pageFields()) } },
    async ({ query: { limit, cursor } }) => {
      const after = cursor === undefined ? undefined : cursors.decode(cursor)
      const receivedAt = new Date(after?.receivedAtMs ?? 0)
      const rows = await client.reportedDeadLetter.findMany({
        where: after
          ? { OR: [{ received_at: { lt: receivedAt } }, { received_at: receivedAt, id: { lt: after.id } }] }
          : {},
        orderBy: [{ received_at: 'desc' }, { id: 'desc' }],
        take: limit + 1,
      })
      return pageOf(rows, limit, {
        item: view,
        cursor: ({ received_at, id }) => cursors.encode({ receivedAtMs: received_at.getTime(), id }),
      })
    },
  )

  http.get(
    '/dead-letters/:id',
    { schema: { summary: 'One dead letter', params: z.strictObject({ id: z.string().max(64) }) } },
    async ({ params: { id } }) => {
      const letter = await client.reportedDeadLetter.findUnique({ where: { id } })
      if (!letter)
        throw new Problem('dead-letter-not-found', {
          detail: `No dead letter ${id} was reported; GET /dead-letters lists them.`,
        })
      return view(letter)
    },
  )
}

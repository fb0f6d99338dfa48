import { id } from '@skald/contracts'
import { createCursorCodec, type Http, pageFields, pageOf } from '@skald/service'
import { z } from 'zod'
import type { Definitions } from '../definitions.ts'
import type { ListedTimer, TimerPosition, TimerReading } from '../store/timer-reading.ts'
import { targetsOf } from '../why/next.ts'

export interface TimerRoutes {
  readonly reading: TimerReading
  readonly definitions: Definitions
  readonly nowMs: () => Promise<number>
}

export const sagaIdField = () => z.string().min(1).max(255)
export const timerName = () => z.string().min(1).max(255)

/** Which timers, in a query and in a body. */
export const timerFilter = {
  sagaId: sagaIdField().optional(),
  definition: id.optional(),
  name: timerName().optional().describe('As the chart has it: paymentDeadline'),
  dueBefore: z.iso.datetime({ offset: true }).optional().describe('Due earlier than this'),
}

const cursors = createCursorCodec<TimerPosition>(
  'timers',
  z.strictObject({ dueAtMs: z.number().min(0).max(8.64e15), sagaId: z.string().max(255), name: z.string().max(255) }),
)

/** The timers of live sagas: what happens when, unless something comes before. */
export const timerRoutes = (http: Http, { reading, definitions, nowMs }: TimerRoutes): void => {
  http.get(
    '/timers',
    {
      schema: {
        summary: 'Timers of live sagas, the next one first',
        querystring: z.strictObject({
          ...pageFields(),
          ...timerFilter,
          overdue: z
            .literal('true', 'must be true, or left out')
            .optional()
            .describe('true: only those that are due and did not fire yet'),
        }),
      },
    },
    async ({ query: { limit, cursor, overdue, ...filter } }) => {
      const after = cursor === undefined ? undefined : cursors.decode(cursor)
      const now = await nowMs()
      const rows = await reading.list({ ...filter, overdue: overdue && true }, after, limit + 1, now)
      return pageOf(rows, limit, {
        item: (timer) => timerView(timer, definitions, now),
        cursor: ({ dueAtMs, saga_id, name }) => cursors.encode({ dueAtMs, sagaId: saga_id, name }),
      })
    },
  )
}

const iso = (ms: number): string => new Date(ms).toISOString()

const timerView = (timer: ListedTimer, definitions: Definitions, nowMs: number) => {
  const { dueAtMs, status, movedBy } = timer
  const definition = definitions.get(timer.definition, timer.version)
  const isPaused = status === 'PAUSED'
  const isOverdue = !isPaused && dueAtMs <= nowMs
  return {
    sagaId: timer.saga_id,
    definition: timer.definition,
    version: timer.version,
    status,
    state: timer.state,
    name: timer.name,
    arm: timer.arm,
    dueAt: iso(dueAtMs),
    overdue: isOverdue,
    ...(isOverdue && { overdueByMs: Math.floor(nowMs - dueAtMs) }),
    // Its saga is paused: it is later by the pause when that ends.
    ...(isPaused && { stoppedAt: iso(timer.updated_at) }),
    // A deadline asks once more before it fires.
    kind: timer.guards ? ('deadline' as const) : ('wait' as const),
    ...(definition && { leadsTo: targetsOf(definition, timer.name) }),
    ...(movedBy !== null && { movedBy }),
  }
}

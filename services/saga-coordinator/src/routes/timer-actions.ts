import type { Ask, Request } from '@skald/host'
import { type Http, operatorGuard, Problem } from '@skald/service'
import { z } from 'zod'
import { MAX_BULK } from '../bulk/preview.ts'
import type { SagaReading } from '../store/reading.ts'
import type { TimerFilter, TimerReading } from '../store/timer-reading.ts'
import type { Change, TimersAsked } from '../timers/change.ts'
import { type ForeseenPart, type ForeseeTimers, foreseenOf } from '../timers/foresee-timers.ts'
import type { SetTimers, SetTimersReply, TimersSet } from '../timers/set-timers.ts'
import { actingSchema, keyReused, repeatableOf } from './acting.ts'
import { sagaIdField, timerFilter, timerName } from './timers.ts'

export interface TimerActionRoutes {
  readonly ask: Ask
  readonly set: Request<SetTimers, SetTimersReply>
  readonly foresee: Request<ForeseeTimers, ForeseenPart>
  readonly reading: Pick<SagaReading, 'saga'>
  readonly timers: Pick<TimerReading, 'sagas'>
  readonly nowMs: () => Promise<number>
  readonly operatorToken: string | undefined
}

/** A timer is moved by a year at most: what is meant to be later than that is a slip of a unit. */
const MAX_SHIFT_MS = 366 * 86_400_000
const byMs = z
  .int()
  .min(-MAX_SHIFT_MS)
  .max(MAX_SHIFT_MS)
  .refine((ms) => ms !== 0, 'must not be 0, which moves nothing')
  .describe('Milliseconds; negative for earlier. What would be due in the past is due at once')
const dueAt = z.iso.datetime({ offset: true }).describe('When it is due; at once, when that is past')

const params = z.strictObject({
  sagaId: sagaIdField(),
  name: timerName(),
  arm: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a number as GET /timers shows it')
    .transform(Number),
})
const filter = z
  .strictObject({ ...timerFilter, overdue: z.literal(true).optional() })
  .refine((given) => Object.keys(given).length > 0, 'name at least one field, or every timer would be meant')

const ofOne = ['saga-not-found', 'timer-action-refused'] as const
const cancelling = actingSchema({}, ...ofOne)
const moving = actingSchema({ dueAt: dueAt.optional(), byMs: byMs.optional() }, ...ofOne)
const shifting = actingSchema({ filter, byMs }, 'timer-action-refused', 'too-many-sagas')
const body = moving.body.refine(
  (given) => (given.dueAt === undefined) !== (given.byMs === undefined),
  'give either dueAt or byMs',
)

interface Given {
  readonly reason: string
  readonly actor: string
  readonly key: string | undefined
  readonly isDryRun: boolean
}

export const timerActionRoutes = (http: Http, routes: TimerActionRoutes): void => {
  const onRequest = operatorGuard(routes.operatorToken)

  http.post(
    '/timers/:sagaId/:name/:arm/move',
    { onRequest, schema: { ...moving, body, params, summary: 'Sets when a timer is due' } },
    async ({ params: one, query, headers, body: { dueAt: at, byMs: by = 0, ...more } }, answer) => {
      const change: Change = at === undefined ? { kind: 'by', byMs: by } : { kind: 'to', dueAtMs: Date.parse(at) }
      const given = { ...more, key: headers['idempotency-key'], isDryRun: query.dryRun === 'true' }
      const result = await actOnOne(routes, { action: 'move-timer', choice: one, change }, given)
      return answer.code(given.isDryRun ? 200 : 202).send(result)
    },
  )

  http.post(
    '/timers/:sagaId/:name/:arm/cancel',
    {
      onRequest,
      schema: { ...cancelling, params, summary: 'Stops a timer for good, where its saga does not hang on it' },
    },
    async ({ params: one, query, headers, body: more }, answer) => {
      const given = { ...more, key: headers['idempotency-key'], isDryRun: query.dryRun === 'true' }
      const asked = { action: 'cancel-timer', choice: one, change: { kind: 'cancel' } } as const
      return answer.code(given.isDryRun ? 200 : 202).send(await actOnOne(routes, asked, given))
    },
  )

  http.post(
    '/timers/shift',
    { onRequest, schema: { ...shifting, summary: 'Moves all timers of a filter by the same time, in one action' } },
    async ({ query, headers, body: { filter: choice, byMs: by, ...more } }, answer) => {
      const given = { ...more, key: headers['idempotency-key'], isDryRun: query.dryRun === 'true' }
      const sagaIds = await sagasOf(routes, choice)
      const asked = { action: 'shift-timers', choice, change: { kind: 'by', byMs: by } } as const
      const result = await actOn(routes, { ...asked, sagaIds }, given, 'timers')
      return answer.code(given.isDryRun ? 200 : 202).send({ filter: choice, byMs: by, ...result })
    },
  )
}

const sagasOf = async ({ timers, nowMs }: TimerActionRoutes, choice: TimerFilter): Promise<readonly string[]> => {
  const found = await timers.sagas(choice, MAX_BULK + 1, await nowMs())
  if (found.length <= MAX_BULK) return found
  throw new Problem('too-many-sagas', { detail: `Timers of more than ${MAX_BULK} sagas fit: narrow the filter.` })
}

const actOnOne = async (
  routes: TimerActionRoutes,
  asked: TimersAsked & { readonly choice: { readonly sagaId: string; readonly name: string; readonly arm: number } },
  given: Given,
) => {
  const { sagaId, name, arm } = asked.choice
  const saga = await routes.reading.saga(sagaId)
  if (!saga) throw new Problem('saga-not-found', { detail: `No saga ${sagaId} has started.` })
  const result = await actOn(routes, { ...asked, sagaIds: [sagaId] }, given, saga.business_key)
  const { before, after, states, waitingFor, ...rest } = result
  return {
    sagaId,
    name,
    arm,
    ...('actionId' in rest ? { actionId: rest.actionId } : { dryRun: true }),
    state: Object.keys(states)[0],
    wasDueAt: before?.earliest,
    ...(after && { dueAt: after.earliest }),
    waitingFor,
  }
}

const actOn = async (
  { ask, set, foresee }: TimerActionRoutes,
  asked: ForeseeTimers,
  { reason, actor, key, isDryRun }: Given,
  subject: string,
) => {
  if (isDryRun) {
    const foreseen = await foreseenOf(ask, foresee, asked)
    if ('why' in foreseen) throw new Problem('timer-action-refused', { detail: foreseen.why })
    return { dryRun: true as const, ...foreseen }
  }
  const { action, choice, change } = asked
  const repeatable = repeatableOf(key, [action, JSON.stringify([choice, change]), reason, actor])
  return answered(await ask(set, { ...asked, reason, actor, repeatable }, { subject }))
}

const answered = (reply: SetTimersReply): TimersSet => {
  switch (reply.kind) {
    case 'done':
      return reply.answer
    case 'refused':
      throw new Problem('timer-action-refused', { detail: reply.why })
    case 'key-reused':
      throw keyReused()
  }
}

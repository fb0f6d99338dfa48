import type { Ask, Request } from '@skald/host'
import { type Http, operatorGuard, Problem } from '@skald/service'
import { z } from 'zod'
import type { Asked } from '../operator/act.ts'
import type { Foreseen, ForeseeReply } from '../operator/foresee.ts'
import type { Operate, Operated, OperateReply } from '../operator/operate.ts'
import { ACTIONS, type Action } from '../store/audit-tables.ts'
import type { SagaReading } from '../store/reading.ts'
import { actingSchema, keyReused, repeatableOf } from './acting.ts'

export interface OperatorRoutes {
  readonly ask: Ask
  readonly operate: Request<Operate, OperateReply>
  readonly foresee: Request<Asked, ForeseeReply>
  readonly reading: Pick<SagaReading, 'saga'>
  readonly operatorToken: string | undefined
}

const SUMMARIES: Readonly<Record<Action, string>> = {
  retry: 'Tries what a saga gave up, with a fresh round of attempts',
  skip: 'Takes what a saga gave up for settled by hand, and lets it go on',
  cancel: 'Undoes a saga, up to its point of no return',
  pause: 'Holds a saga: it hears, asks and gives up nothing until it is resumed',
  resume: 'Lets a paused saga go on; its times are later by the pause',
}

const params = z.strictObject({ sagaId: z.string().min(1).max(255) })
const schema = actingSchema({}, 'saga-not-found', 'saga-action-refused')

export const operatorRoutes = (http: Http, { ask, operate, foresee, reading, operatorToken }: OperatorRoutes): void => {
  const onRequest = operatorGuard(operatorToken)
  for (const action of ACTIONS) {
    http.post(
      `/sagas/:sagaId/${action}`,
      { onRequest, schema: { ...schema, params, summary: SUMMARIES[action] } },
      async ({ params: { sagaId }, query: { dryRun }, body: { reason, actor }, headers }, answer) => {
        // Whether it was ever started, also when it is archived by now: that never changes back.
        const saga = await reading.saga(sagaId)
        if (!saga) throw new Problem('saga-not-found', { detail: `No saga ${sagaId} has started.` })
        const about = { subject: saga.business_key, correlationId: sagaId }
        if (dryRun === 'true') return answer.code(200).send(answered(await ask(foresee, { action, reason }, about)))
        const repeatable = repeatableOf(headers['idempotency-key'], [sagaId, action, reason, actor])
        return answer.code(202).send(answered(await ask(operate, { action, reason, actor, repeatable }, about)))
      },
    )
  }
}

const answered = (reply: OperateReply | ForeseeReply): Operated | Foreseen => {
  switch (reply.kind) {
    case 'done':
      return reply.answer
    case 'refused':
      throw new Problem('saga-action-refused', { detail: reply.why })
    case 'key-reused':
      throw keyReused()
  }
}

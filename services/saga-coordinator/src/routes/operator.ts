import { reason } from '@skald/contracts'
import type { Ask, Request } from '@skald/host'
import { digestOf } from '@skald/messaging'
import { type Http, idempotencyHeaders, operatorGuard, Problem, problemResponses } from '@skald/service'
import { z } from 'zod'
import type { Operate, Operated, OperateReply } from '../operator/operate.ts'
import { ACTIONS, type Action } from '../store/audit-tables.ts'
import type { SagaReading } from '../store/reading.ts'

export interface OperatorRoutes {
  readonly ask: Ask
  readonly operate: Request<Operate, OperateReply>
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

/** Who did it, for the audit: the token says that somebody may, not who it is. */
const ACTOR_MAX = 100
const body = z.strictObject({
  reason: reason.describe('Why; kept for ever in the history and in the audit'),
  actor: z.string().min(1).max(ACTOR_MAX).default('operator').describe('Who; taken as it is given'),
})
const params = z.strictObject({ sagaId: z.string().min(1).max(255) })
const problems = problemResponses(
  'invalid-request',
  'unauthorized',
  'forbidden',
  'saga-not-found',
  'saga-action-refused',
  'idempotency-key-reused',
  'unavailable',
)

export const operatorRoutes = (http: Http, { ask, operate, reading, operatorToken }: OperatorRoutes): void => {
  const onRequest = operatorGuard(operatorToken)
  for (const action of ACTIONS) {
    http.post(
      `/sagas/:sagaId/${action}`,
      {
        onRequest,
        schema: { summary: SUMMARIES[action], params, headers: idempotencyHeaders(), body, response: problems },
      },
      async ({ params: { sagaId }, body: { reason, actor }, headers }, response) => {
        // Whether it was ever started, also when it is archived by now: that never changes back.
        const saga = await reading.saga(sagaId)
        if (!saga) throw new Problem('saga-not-found', { detail: `No saga ${sagaId} has started.` })
        const repeatable = repeatableOf(headers['idempotency-key'], [sagaId, action, reason, actor])
        const about = { subject: saga.business_key, correlationId: sagaId }
        return response.code(202).send(operated(await ask(operate, { action, reason, actor, repeatable }, about)))
      },
    )
  }
}

const repeatableOf = (key: string | undefined, what: readonly string[]): Operate['repeatable'] =>
  key === undefined ? undefined : { key, digest: digestOf(JSON.stringify(what)) }

const operated = (answer: OperateReply): Operated => {
  switch (answer.kind) {
    case 'done':
      return answer.answer
    case 'refused':
      throw new Problem('saga-action-refused', { detail: answer.why })
    case 'key-reused':
      throw new Problem('idempotency-key-reused', { detail: 'Use a new Idempotency-Key for another action.' })
  }
}

import type { Ask, Request } from '@skald/host'
import { type Http, operatorGuard, Problem } from '@skald/service'
import { z } from 'zod'
import type { ForeseeLetterReply, ForeseenLetter } from '../letters/foresee.ts'
import type { OperatedLetter, OperateLetter, OperateLetterReply } from '../letters/operate.ts'
import { LETTER_ACTIONS, type LetterAction } from '../store/audit-tables.ts'
import { actingSchema, keyReused, repeatableOf } from './acting.ts'

export interface LetterActionRoutes {
  readonly ask: Ask
  readonly operate: Request<OperateLetter, OperateLetterReply>
  readonly foresee: Request<Pick<OperateLetter, 'letterId' | 'action'>, ForeseeLetterReply>
  readonly operatorToken: string | undefined
}

const SUMMARIES: Readonly<Record<LetterAction, string>> = {
  redrive: 'Sends a dead letter again, as it came: once what refused it is mended',
  discard: 'Closes a dead letter for good: nothing is sent',
}

const params = z.strictObject({ id: z.string().min(1).max(64) })
const schema = actingSchema({}, 'dead-letter-not-found', 'dead-letter-settled', 'dead-letter-action-refused')

export const letterActionRoutes = (http: Http, { ask, operate, foresee, operatorToken }: LetterActionRoutes): void => {
  const onRequest = operatorGuard(operatorToken)
  for (const action of LETTER_ACTIONS) {
    http.post(
      `/dead-letters/:id/${action}`,
      { onRequest, schema: { ...schema, params, summary: SUMMARIES[action] } },
      async ({ params: { id: letterId }, query: { dryRun }, body: { reason, actor }, headers }, answer) => {
        const about = { subject: letterId }
        if (dryRun === 'true') {
          return answer.code(200).send(answered(letterId, await ask(foresee, { letterId, action }, about)))
        }
        const repeatable = repeatableOf(headers['idempotency-key'], [letterId, action, reason, actor])
        const reply = await ask(operate, { letterId, action, reason, actor, repeatable }, about)
        return answer.code(202).send(answered(letterId, reply))
      },
    )
  }
}

const answered = (id: string, reply: OperateLetterReply | ForeseeLetterReply): OperatedLetter | ForeseenLetter => {
  switch (reply.kind) {
    case 'done':
      return reply.answer
    case 'unknown':
      throw new Problem('dead-letter-not-found', {
        detail: `No dead letter ${id} was reported; GET /dead-letters lists them.`,
      })
    case 'settled':
      throw new Problem('dead-letter-settled', { detail: reply.why })
    case 'refused':
      throw new Problem('dead-letter-action-refused', { detail: reply.why })
    case 'key-reused':
      throw keyReused()
  }
}

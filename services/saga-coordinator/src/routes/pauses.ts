import { id } from '@skald/contracts'
import type { Ask } from '@skald/host'
import type { Clock } from '@skald/messaging'
import { type Http, operatorGuard, Problem } from '@skald/service'
import { z } from 'zod'
import type { Definitions } from '../definitions.ts'
import { HOLDS_AFTER_MS, type Pauses } from '../pauses/pauses.ts'
import { type SetPauseReply, setPause, whyNot } from '../pauses/set-pause.ts'
import { PAUSE_VERBS, type PauseVerb } from '../store/audit-tables.ts'
import { pauseId, type StepPause } from '../store/pause-table.ts'
import { actingSchema, keyReused, repeatableOf } from './acting.ts'

export interface PauseRoutes {
  readonly ask: Ask
  readonly definitions: Definitions
  readonly pauses: Pauses
  /** Wakes all sagas that are held back. */
  readonly wakeHeldBack: () => Promise<void>
  readonly clock: Pick<Clock, 'after'>
  readonly operatorToken: string | undefined
}

const SUMMARIES: Readonly<Record<PauseVerb, string>> = {
  pause: 'Holds every saga of a definition, or those that are in one step or come to it, in all coordinators',
  resume: 'Lets the sagas go on that a pause holds back; their times are later by it',
}

const params = z.strictObject({ name: id })
const step = id
  .optional()
  .describe('The path of a state, such as takingPayment; the whole definition when it is left out')
const schema = actingSchema({ step }, 'definition-not-found', 'step-not-found', 'step-action-refused')

export const pauseRoutes = (http: Http, routes: PauseRoutes): void => {
  const { ask, definitions, pauses, wakeHeldBack, clock, operatorToken } = routes
  const onRequest = operatorGuard(operatorToken)
  for (const verb of PAUSE_VERBS) {
    http.post(
      `/definitions/:name/${verb}`,
      { onRequest, schema: { ...schema, params, summary: SUMMARIES[verb] } },
      async ({ params: { name }, query, headers, body: { step = '', reason, actor } }, answer) => {
        check(definitions, name, step)
        if (query.dryRun === 'true') {
          const known = pauses.known.find((pause) => pause.id === pauseId(name, step))
          const why = whyNot(known, { verb, definition: name, step })
          if (why !== undefined) throw new Problem('step-action-refused', { detail: why })
          return answer.code(200).send({ definition: name, ...(step !== '' && { step }), dryRun: true })
        }
        const repeatable = repeatableOf(headers['idempotency-key'], [verb, name, step, reason, actor])
        const asked = { verb, definition: name, step, reason, actor, repeatable }
        const pause = answered(await ask(setPause, asked, { subject: name }))
        // What is answered is true of every process.
        await new Promise<void>((resolve) => void clock.after(HOLDS_AFTER_MS, resolve))
        if (verb === 'resume') await wakeHeldBack()
        return answer.code(202).send({ definition: name, ...pauseView(pause) })
      },
    )
  }
}

const check = (definitions: Definitions, name: string, step: string): void => {
  const versions = definitions.versions(name)
  if (versions.length === 0)
    throw new Problem('definition-not-found', {
      detail: `No definition is called ${name}; GET /definitions lists them.`,
    })
  const paths = [...new Set(versions.flatMap(({ chart }) => [...chart.nodes.keys()]))].filter((path) => path !== '')
  if (step === '' || paths.includes(step)) return
  throw new Problem('step-not-found', { detail: `${name} has no step ${step}: name one of ${paths.join(', ')}.` })
}

const answered = (reply: SetPauseReply): StepPause => {
  switch (reply.kind) {
    case 'done':
      return reply.pause
    case 'refused':
      throw new Problem('step-action-refused', { detail: reply.why })
    case 'key-reused':
      throw keyReused()
  }
}

export const pauseView = ({ step, sinceMs, actor, reason }: StepPause) => ({
  ...(step !== '' && { step }),
  since: new Date(sinceMs).toISOString(),
  actor,
  reason,
})

import { type Http, Problem } from '@skald/service'
import { z } from 'zod'
import type { Definitions } from '../definitions.ts'
import type { SagaReading } from '../store/reading.ts'
import { whyView } from '../why/why.ts'

export interface WhyRoute {
  readonly reading: Pick<SagaReading, 'saga' | 'history'>
  readonly definitions: Definitions
  /** The database's clock: what is due is told by it. */
  readonly nowMs: () => Promise<number>
  readonly stuckAfterMs: number
}

export const whyRoute = (http: Http, { reading, definitions, nowMs, stuckAfterMs }: WhyRoute): void => {
  http.get(
    '/sagas/:sagaId/why',
    {
      schema: {
        summary: 'Why a saga is where it is, what happens next, and what can be done',
        params: z.strictObject({ sagaId: z.string().min(1).max(255) }),
      },
    },
    async ({ params: { sagaId } }) => {
      const saga = await reading.saga(sagaId)
      if (!saga) throw new Problem('saga-not-found', { detail: `No saga ${sagaId} has started.` })
      const steps = await reading.history(saga)
      return whyView(saga, steps, definitions, { nowMs: await nowMs(), stuckAfterMs })
    },
  )
}

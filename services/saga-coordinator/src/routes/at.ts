import { type Http, Problem } from '@skald/service'
import { z } from 'zod'
import type { Definitions } from '../definitions.ts'
import { firstVersion, replayRows } from '../past/replay-rows.ts'
import type { SagaReading } from '../store/reading.ts'
import { sagaView } from '../view.ts'
import type { Patience } from '../waking.ts'

export interface AtRoute {
  readonly reading: Pick<SagaReading, 'saga' | 'history'>
  readonly definitions: Definitions
  readonly patience: Patience
}

const seqField = () =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be the number of an entry of the history: 1, 2, 3, ...')
    .transform(Number)

/** A saga as it was: state, context, timers and what it waited for, after an entry of its history. */
export const atRoute = (http: Http, { reading, definitions, patience }: AtRoute): void => {
  http.get(
    '/sagas/:sagaId/at/:seq',
    {
      schema: {
        summary: 'A saga as it was after an entry of its history',
        params: z.strictObject({ sagaId: z.string().min(1).max(255), seq: seqField() }),
      },
    },
    async ({ params: { sagaId, seq } }) => {
      const saga = await reading.saga(sagaId)
      if (!saga) throw new Problem('saga-not-found', { detail: `No saga ${sagaId} has started.` })
      const history = await reading.history(saga)
      const steps = history.filter((step) => step.seq <= seq)
      const last = steps.at(-1)
      if (last?.seq !== seq) throw noEntry(sagaId, seq, saga.revision)
      const definition = definitions.get(saga.definition, saga.version)
      if (!definition) {
        const detail = `This coordinator does not run ${saga.definition} version ${saga.version}: what the saga was cannot be told.`
        throw new Problem('definition-not-found', { detail })
      }
      const row = replayRows(
        (version) => definitions.get(saga.definition, version),
        { ...saga, version: firstVersion(saga, history) },
        steps,
        patience,
      )
      if ('differs' in row) throw differs(row)
      const { history: _, ...view } = sagaView(row, steps, definitions)
      return { seq, at: new Date(last.at).toISOString(), messageId: last.message_id, type: last.type, ...view }
    },
  )
}

const noEntry = (sagaId: string, seq: number, revision: number): Problem =>
  new Problem('history-entry-not-found', {
    detail: `The history of saga ${sagaId} has no entry ${seq}; ask for 1 to ${revision}.`,
  })

const differs = ({ seq, differs: what }: { readonly seq: number; readonly differs: string }): Problem =>
  new Problem('replay-differs', {
    detail: `By the definition as it is deployed, entry ${seq} goes another way: ${what}.`,
  })

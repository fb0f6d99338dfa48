import type { Request } from '@skald/host'
import { type Task, tasks } from '@skald/messaging'
import { writeDown } from '../operator/audit.ts'
import { type Acting, type Attempted, answeredRow, type KeyReused, once } from '../operator/repeatable.ts'
import { type Action, auditHead, type BulkVerb, CHAIN } from '../store/audit-tables.ts'
import {
  type BulkAction,
  type BulkFilter,
  type BulkStatus,
  bulkActions,
  bulkSagaId,
  bulkSagas,
} from '../store/bulk-tables.ts'

/* Preparing, running, pausing and stopping a bulk action; what it does itself is done by its task. */

export interface Prepare extends Acting {
  readonly action: Action
  readonly filter: BulkFilter
  readonly ratePerSecond: number
  readonly sagaIds: readonly string[]
}

export type BulkReply =
  | { readonly kind: 'done'; readonly answer: BulkAction }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown' }
  | KeyReused

/** Writes the chosen sagas down, under the request's id: from now on it is about these. */
export const prepare: Request<Prepare, BulkReply> = {
  type: 'request:prepare-bulk',
  rows: ({ id, data }) => [...answeredRow(data), { table: bulkActions, key: id }],
  decide: ({ id, data }, rows, turn) =>
    once(data, rows, turn, () => {
      const { action, filter, reason, actor, ratePerSecond, sagaIds } = data
      const bulk: BulkAction = {
        bulk_id: id,
        action,
        filter,
        reason,
        actor,
        rate_per_second: ratePerSecond,
        status: 'READY',
        total: sagaIds.length,
        next: 0,
        done: 0,
        refused: 0,
        prepared_at: turn.nowMs,
        updated_at: turn.nowMs,
        ended_at: null,
      }
      rows.put(bulkActions, bulk)
      for (const [ordinal, saga_id] of sagaIds.entries()) {
        rows.put(bulkSagas, {
          id: bulkSagaId(id, ordinal),
          bulk_id: id,
          ordinal,
          saga_id,
          result: 'PENDING',
          why: null,
        })
      }
      return replied({ kind: 'done', answer: bulk })
    }),
}

export interface Control extends Acting {
  readonly bulkId: string
  readonly verb: BulkVerb
  readonly ratePerSecond?: number | undefined
}

const LEADS_TO = { run: 'RUNNING', pause: 'PAUSED', stop: 'STOPPED' } as const satisfies Record<BulkVerb, BulkStatus>

export const BULK = 'bulk'
/** So often as many sagas are acted on as the rate says. */
export const STEP_EVERY_MS = 1_000
const bulkTaskId = (bulkId: string): string => `${BULK}/${bulkId}`
const bulkTask = (bulkId: string, nowMs: number): Task => ({
  id: bulkTaskId(bulkId),
  kind: BULK,
  due_at: nowMs,
  token: '',
  attempts: 0,
  body: { bulkId },
})

export const control: Request<Control, BulkReply> = {
  type: 'request:control-bulk',
  rows: ({ data }) => [
    ...answeredRow(data),
    { table: auditHead, key: CHAIN },
    { table: bulkActions, key: data.bulkId },
  ],
  decide({ id, data }, rows, turn) {
    const before = rows.get(bulkActions, data.bulkId)
    if (!before) return { reply: { kind: 'unknown' } }
    return once(data, rows, turn, () => {
      const why = whyNot(before, data.verb)
      if (why !== undefined) return replied({ kind: 'refused', why })
      const after: BulkAction = {
        ...before,
        status: LEADS_TO[data.verb],
        rate_per_second: data.ratePerSecond ?? before.rate_per_second,
        updated_at: turn.nowMs,
        ended_at: data.verb === 'stop' ? turn.nowMs : null,
      }
      rows.put(bulkActions, after)
      if (data.verb === 'run') rows.put(tasks, bulkTask(data.bulkId, firstStepMs(before, turn.nowMs)))
      else rows.delete(tasks, bulkTaskId(data.bulkId))
      const done = { id, action: `bulk-${data.verb}` as const, bulk_id: data.bulkId }
      writeDown(rows, turn.nowMs, data, { ...done, before: standing(before), after: standing(after) })
      return replied({ kind: 'done', answer: after })
    })
  },
}

/** The last step before a pause was no later than the pause: a step's time after that, the rate is kept. */
const firstStepMs = ({ status, updated_at }: BulkAction, nowMs: number): number =>
  status === 'PAUSED' ? Math.max(nowMs, updated_at + STEP_EVERY_MS) : nowMs

const replied = (reply: BulkReply): Attempted<BulkReply> => ({ reply, decision: { reply } })

const standing = ({ status, next }: BulkAction) => ({ status, next })

export const whyNot = ({ status, total }: BulkAction, verb: BulkVerb): string | undefined => {
  if (status === 'COMPLETED' || status === 'STOPPED') {
    return `The bulk action is ${status}: prepare another one for what is left.`
  }
  if (verb === 'run' && status === 'RUNNING') return 'The bulk action runs already; pause it to change its rate.'
  if (verb === 'run' && total === 0) return 'No saga fits its filter: there is nothing to run.'
  if (verb === 'pause' && status !== 'RUNNING') return `The bulk action is ${status}: only one that runs can be paused.`
  return undefined
}

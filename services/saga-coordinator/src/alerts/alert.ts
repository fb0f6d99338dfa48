import { derivedId, type Task } from '@skald/messaging'
import type { StateValue } from '@skald/saga'
import type { SagaRow, SagaStatus } from '../store/saga-tables.ts'

/** What is sent: ids, where the saga stands, and what is at stake. No reasons, which may repeat what a person said. */
export interface Alert {
  /** The same however often and by whichever coordinator it is sent. */
  readonly id: string
  readonly kind: 'needs-person' | 'slow' | 'stuck'
  readonly at: string
  readonly sagaId: string
  readonly definition: string
  readonly version: number
  readonly businessKey: string
  readonly status: SagaStatus
  readonly state: StateValue | null
  readonly since: string
  /** What a person must settle. */
  readonly effects?: readonly {
    readonly effect: string
    readonly amount?: { readonly amount: number; readonly currency: string }
  }[]
  /** The service level that was passed; '' is all of the saga. */
  readonly level?: { readonly state: string; readonly limitMs: number }
}

type About = Pick<Alert, 'kind' | 'effects' | 'level'> & { readonly sinceMs: number }

export const alertOf = (row: SagaRow, { sinceMs, ...about }: About, nowMs: number): Alert => {
  const { saga_id, definition, version, business_key, status, state, revision } = row
  const what = [saga_id, about.kind, about.level?.state, about.kind === 'needs-person' ? revision : Math.floor(sinceMs)]
  return {
    id: derivedId(JSON.stringify(what), 0, Math.floor(sinceMs)),
    at: iso(nowMs),
    sagaId: saga_id,
    definition,
    version,
    businessKey: business_key,
    status,
    state: state?.value ?? null,
    since: iso(sinceMs),
    ...about,
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** Due at once: any coordinator takes it. */
export const alertTask = (alert: Alert, nowMs: number): Task => ({
  id: alert.id,
  kind: 'alert',
  due_at: nowMs,
  token: '',
  attempts: 0,
  body: alert,
})

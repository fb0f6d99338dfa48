import type { Rows } from '@skald/messaging'
import { type AuditEntry, auditEntries, auditHead, CHAIN, chained } from '../store/audit-tables.ts'
import type { Acting } from './repeatable.ts'

/** What was done, to what. */
export type Act = Pick<AuditEntry, 'id' | 'action' | 'before' | 'after'> &
  Partial<Pick<AuditEntry, 'saga_id' | 'letter_id' | 'bulk_id'>>

/** Adds to the audit, in the transaction of what was done; its end must be among the rows. */
export const writeDown = (rows: Rows, nowMs: number, { actor, reason, repeatable }: Acting, act: Act): void => {
  const entry = chained(rows.get(auditHead, CHAIN), {
    saga_id: null,
    letter_id: null,
    bulk_id: null,
    ...act,
    // Whole milliseconds: as it is read again, or the chain would not fit.
    at: Math.floor(nowMs),
    actor,
    reason,
    idempotency_key: repeatable?.key ?? null,
  })
  rows.put(auditEntries, entry)
  rows.put(auditHead, { name: CHAIN, seq: entry.seq, hash: entry.hash })
}

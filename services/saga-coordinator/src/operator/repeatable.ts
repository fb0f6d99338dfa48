import type { Decision, RowRef, Rows, Turn } from '@skald/messaging'
import { operatorRequests } from '../store/audit-tables.ts'

/** The Idempotency-Key of a request, with a digest of what it was given with. */
export interface Repeatable {
  readonly key: string
  readonly digest: string
}

/** Who acts, and why. */
export interface Acting {
  readonly reason: string
  readonly actor: string
  readonly repeatable?: Repeatable | undefined
}

export interface KeyReused {
  readonly kind: 'key-reused'
}

export interface Attempted<Reply> {
  readonly reply: Reply
  readonly decision: Decision
}

export const answeredRow = ({ repeatable }: Acting): readonly RowRef[] =>
  repeatable ? [{ table: operatorRequests, key: repeatable.key }] : []

/** Attempts it once under its key, and gives the same answer whenever the key is given again. */
export const once = <Reply>(
  { repeatable }: Acting,
  rows: Rows,
  { nowMs }: Turn,
  attempt: () => Attempted<Reply | KeyReused>,
): Decision => {
  const answered = repeatable && rows.get(operatorRequests, repeatable.key)
  if (answered) {
    return { reply: answered.body_digest === repeatable.digest ? answered.response : { kind: 'key-reused' } }
  }
  const { reply, decision } = attempt()
  // A refusal, too: a request that was slow must not be done after its repeat was refused, when nobody waits for it.
  if (repeatable) {
    const { key, digest } = repeatable
    rows.put(operatorRequests, { key, body_digest: digest, response: reply, created_at: nowMs })
  }
  return decision
}

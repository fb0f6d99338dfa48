import {
  type DataOf,
  tripApprovalWithdrawn,
  tripApprove,
  tripApproved,
  tripRejected,
  tripWithdrawApproval,
} from '@skald/contracts'
import type { Request } from '@skald/host'
import { type Handler, handle } from '@skald/messaging'
import { type Approval, change, tripRow, trips } from './trip-table.ts'

/*
 * A person's answer is a reply like any other, only later: the command stays open, without an inbox row, until somebody
 * decides. The coordinator asks again in between, which changes nothing here.
 */

const replyOf = (tripId: string, { status, reason }: Approval) => {
  if (status === 'APPROVED') return tripApproved({ tripId })
  return tripRejected({ tripId, reason: reason ?? 'asked too late: nobody is asked any more' })
}

export const askPerson: Handler<DataOf<typeof tripApprove>> = {
  type: tripApprove.type,
  rows: ({ data }) => tripRow(data),
  decide: (message, rows, { nowMs, digest }) => {
    const { tripId } = message.data
    const approval = rows.get(trips, tripId)?.approval
    if (approval && approval.status !== 'PENDING') return { says: [replyOf(tripId, approval)] }
    change(rows, tripId, nowMs, { approval: { status: 'PENDING', asked: { message, digest } } })
    return { open: true }
  },
}

/** The undo of the question: whoever decides later is told that nobody is asked. */
export const withdrawApproval = handle(tripWithdrawApproval, {
  rows: tripRow,
  decide: ({ tripId }, rows, { nowMs }) => {
    const status = rows.get(trips, tripId)?.approval?.status
    if (status !== 'REJECTED') change(rows, tripId, nowMs, { approval: { status: 'WITHDRAWN' } })
    return tripApprovalWithdrawn({ tripId })
  },
})

export interface Decide {
  readonly tripId: string
  readonly status: 'APPROVED' | 'REJECTED'
  readonly reason?: string
}

export type DecideReply =
  | { readonly kind: 'decided' }
  | { readonly kind: 'not-asked'; readonly found: string | undefined }

/** A person decides: the row says so, and the command that asked is answered, in one transaction. */
export const decide: Request<Decide, DecideReply> = {
  type: 'request:decide',
  rows: ({ data }) => tripRow(data),
  decide: ({ data: { tripId, ...decision } }, rows, { nowMs }) => {
    const approval = rows.get(trips, tripId)?.approval
    if (approval?.status === decision.status) return { reply: { kind: 'decided' } }
    if (!approval?.asked) return { reply: { kind: 'not-asked', found: approval?.status } }
    const { message, digest } = approval.asked
    change(rows, tripId, nowMs, { approval: decision })
    const answer = { to: message, digest, says: [replyOf(tripId, decision)] }
    return { answers: [answer], reply: { kind: 'decided' } }
  },
}

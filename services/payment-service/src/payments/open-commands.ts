import { paymentCharge, paymentConfirmed, paymentRefund, type ReplyOf } from '@skald/contracts'
import type { Answer, Decision, Message, Turn } from '@skald/messaging'
import { chargedAmountOf, chargeKeyOf, type OpenCommand, type Payment, transactionOf } from './payment.ts'

/** Far above what nudges and operators cause; a sender that makes a new id for every try must not grow the row for ever. */
const MAX_OPEN = 100

export type ChargeReply = ReplyOf<typeof paymentCharge>
export type RefundReply = ReplyOf<typeof paymentRefund>

const openCommand = ({ id, type, source, subject, time, ...ids }: Message, { digest }: Turn): OpenCommand => {
  const { correlationId, causationId, traceparent } = ids
  return { message: { id, type, source, subject, time, correlationId, causationId, traceparent, data: null }, digest }
}

/** The command waits, from now on, for what comes of the call under way. */
export const join = (payment: Payment, message: Message, turn: Turn): Payment => ({
  ...payment,
  open_commands: [...payment.open_commands, openCommand(message, turn)],
})

/** A payment that many commands wait for already takes no more. */
export const refuseToJoin = (payment: Payment): Decision['refuse'] | undefined =>
  payment.open_commands.length < MAX_OPEN
    ? undefined
    : { reason: 'too-many-open', detail: `${MAX_OPEN} commands wait for the same call about order ${payment.order_id}` }

/** What a repeat of a command that is still open gets: nothing is said and nothing called; undefined for any other command. */
export const repeatOfOpen = (payment: Payment, { id }: Message, { digest }: Turn): Decision | undefined => {
  const known = payment.open_commands.find(({ message }) => message.id === id)
  if (!known) return undefined
  if (known.digest === digest) return { open: true }
  const detail = `message id ${id} was used before for other content; use a new id`
  return { refuse: { reason: 'other-content', detail } }
}

const waitsFor =
  (type: string) =>
  ({ message }: OpenCommand): boolean =>
    message.type === type

const closing = (payment: Payment, type: string, reply: ChargeReply | RefundReply) => {
  const waits = waitsFor(type)
  const answers: Answer[] = payment.open_commands
    .filter(waits)
    .map(({ message, digest }) => ({ to: message, digest, says: [reply] }))
  return { payment: { ...payment, open_commands: payment.open_commands.filter((one) => !waits(one)) }, answers }
}

export interface Closed {
  readonly payment: Payment
  readonly answers: readonly Answer[]
}

/** Answers every charge that waits; a charge cannot be answered with what answers an undo. */
export const closeCharges = (payment: Payment, reply: ChargeReply): Closed =>
  closing(payment, paymentCharge.type, reply)

/** Answers every undo that waits. */
export const closeRefunds = (payment: Payment, reply: RefundReply): Closed =>
  closing(payment, paymentRefund.type, reply)

/** What a charge is told that was made. */
export const confirmed = (payment: Payment): ChargeReply => {
  const orderId = payment.order_id
  const reference = transactionOf(payment, chargeKeyOf(orderId))?.gatewayReference
  const amount = chargedAmountOf(payment)
  return paymentConfirmed(reference ? { orderId, amount, gatewayReference: reference } : { orderId, amount })
}

import type {
  CancelCall,
  CancelOutcome,
  ChargeCall,
  Charged,
  ChargeOutcome,
  RefundCall,
  RefundOutcome,
} from '../gateway.ts'
import type { GatewayCharge, GatewayRefund } from './gateway-tables.ts'
import { type Behaviour, behaviour, type Chance } from './tokens.ts'

/** The gateway's side of each call: what its books say before and after. Pure. */
export interface Answered<Outcome> {
  /** 'silence' is no answer at all. */
  readonly outcome: Outcome | 'silence'
  readonly charge?: GatewayCharge
  readonly refund?: GatewayRefund
}

type Asked<Call> = Omit<Call, 'signal'>

const referenceOf = (key: string): string => `sim:${key}`

const newCharge = (key: string, orderId: string, nowMs: number): GatewayCharge => ({
  key,
  order_id: orderId,
  amount: null,
  currency: null,
  token: null,
  outcome: null,
  reason: null,
  first_called_at: nowMs,
  settled_at: null,
  failures: 0,
  voided_at: null,
  void_key: null,
  refunded: 0,
  refused_refunds: 0,
})

const chargedAs = ({ key, amount, currency }: GatewayCharge): Charged => {
  if (amount === null || currency === null) throw new Error(`charge ${key} has no amount`)
  return { kind: 'charged', reference: referenceOf(key), amount: { amount, currency } }
}

const refuse = (charge: GatewayCharge, reason: string, nowMs: number): Answered<ChargeOutcome> => ({
  outcome: { kind: 'refused', reason },
  charge: { ...charge, outcome: 'refused', reason, settled_at: nowMs },
})

const approve = (charge: GatewayCharge, nowMs: number, loses: boolean): Answered<ChargeOutcome> => ({
  outcome: loses ? 'silence' : chargedAs(charge),
  charge: { ...charge, outcome: 'succeeded', settled_at: nowMs },
})

/** Charges once: what a key was answered with it is answered with for ever, unless answers about it are lost. */
export const decideCharge = (
  known: GatewayCharge | undefined,
  call: Asked<ChargeCall>,
  nowMs: number,
  chance: Chance,
): Answered<ChargeOutcome> => {
  const does = behaviour(call.paymentMethod, call.orderId, chance)
  if (known?.outcome === 'succeeded') return { outcome: does.kind === 'lost-reply' ? 'silence' : chargedAs(known) }
  if (known?.outcome === 'refused') return { outcome: { kind: 'refused', reason: known.reason ?? 'refused' } }
  const { amount, currency } = call.amount
  const charge: GatewayCharge = {
    ...(known ?? newCharge(call.key, call.orderId, nowMs)),
    amount,
    currency,
    token: call.paymentMethod,
  }
  if (charge.voided_at !== null) return refuse(charge, 'it was cancelled', nowMs)
  return behave(does, charge, nowMs)
}

const behave = (does: Behaviour, charge: GatewayCharge, nowMs: number): Answered<ChargeOutcome> => {
  switch (does.kind) {
    case 'approved':
      return approve(charge, nowMs, false)
    case 'lost-reply':
      return approve(charge, nowMs, true)
    case 'declined':
      return refuse(charge, does.reason, nowMs)
    case 'silent':
      return { outcome: 'silence' }
    case 'slow': {
      const afterMs = charge.first_called_at + does.delayMs - nowMs
      return afterMs <= 0 ? approve(charge, nowMs, false) : { outcome: { kind: 'pending', afterMs }, charge }
    }
    case 'flaky': {
      if (charge.failures >= does.failures) return approve(charge, nowMs, false)
      const outcome = { kind: 'unknown', reason: 'the gateway is busy' } as const
      return { outcome, charge: { ...charge, failures: charge.failures + 1 } }
    }
  }
}

/** Who comes first wins: a charge that was made stays, one that was not never will be. */
export const decideCancel = (
  known: GatewayCharge | undefined,
  call: Asked<CancelCall>,
  nowMs: number,
): Answered<CancelOutcome> => {
  if (known?.outcome === 'succeeded') return { outcome: chargedAs(known) }
  const outcome = { kind: 'voided' } as const
  if (known && known.voided_at !== null) return { outcome }
  const charge = known ?? newCharge(call.chargeKey, call.orderId, nowMs)
  const amount = charge.amount ?? call.amount?.amount ?? null
  const currency = charge.currency ?? call.amount?.currency ?? null
  return { outcome, charge: { ...charge, amount, currency, voided_at: nowMs, void_key: call.key } }
}

/** Gives back at most what was charged, whatever the number of keys under which it is asked. */
export const decideRefund = (
  knownCharge: GatewayCharge | undefined,
  knownRefund: GatewayRefund | undefined,
  call: Asked<RefundCall>,
  nowMs: number,
): Answered<RefundOutcome> => {
  if (knownRefund) return { outcome: refundOutcome(knownRefund) }
  const reason = refusalOf(knownCharge, call)
  const refund: GatewayRefund = {
    key: call.key,
    charge_key: call.chargeKey,
    order_id: call.orderId,
    amount: call.amount.amount,
    currency: call.amount.currency,
    outcome: reason === undefined ? 'succeeded' : 'refused',
    reason: reason ?? null,
    settled_at: nowMs,
  }
  const outcome = refundOutcome(refund)
  if (!knownCharge) return { outcome, refund }
  const charge =
    reason === undefined
      ? { ...knownCharge, refunded: knownCharge.refunded + refund.amount }
      : { ...knownCharge, refused_refunds: knownCharge.refused_refunds + 1 }
  return { outcome, refund, charge }
}

const refundOutcome = ({ key, outcome, reason }: GatewayRefund): RefundOutcome =>
  outcome === 'succeeded'
    ? { kind: 'refunded', reference: referenceOf(key) }
    : { kind: 'refused', reason: reason ?? 'refused' }

const refusalOf = (charge: GatewayCharge | undefined, { amount }: Asked<RefundCall>): string | undefined => {
  if (charge?.outcome !== 'succeeded') return 'nothing was charged'
  if (charge.currency !== amount.currency) return 'it was charged in another currency'
  if (charge.refunded + amount.amount > (charge.amount ?? 0)) return 'it was given back already'
  const does = behaviour(charge.token, charge.order_id, { successRate: 1 })
  const refusedRefunds = does.kind === 'lost-reply' ? does.refusedRefunds : 0
  return charge.refused_refunds < refusedRefunds ? 'the gateway refuses this refund' : undefined
}

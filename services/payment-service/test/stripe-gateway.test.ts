import { beforeEach, describe, expect, it } from 'vitest'
import type { CancelCall, ChargeCall, ChargeOutcome, Gateway, RefundCall } from '../src/payments/gateway.ts'
import { stripeGateway } from '../src/payments/stripe/stripe-gateway.ts'
import { StripeStub } from './stripe-stub.ts'

const AMOUNT = { amount: 4200, currency: 'EUR' }
const about = { orderId: 'order-1', attempts: 0, reference: null, signal: new AbortController().signal }
const chargeCall: ChargeCall = { ...about, key: 'order-1/charge/0', amount: AMOUNT, paymentMethod: 'pm_card_visa' }
const undoing = { ...about, chargeKey: chargeCall.key, amount: AMOUNT }

let stub: StripeStub
let gateway: Gateway

beforeEach(async () => {
  stub = await StripeStub.start()
  gateway = stripeGateway({ apiKey: 'sk_test_stub', apiBase: stub.url, requestTimeoutMs: 200 })
  return () => stub.close()
})

/** The intent of the order, with its id recorded. */
const prepare = async (): Promise<string> => {
  const outcome = await gateway.charge(chargeCall)
  if (outcome.kind !== 'prepared') throw new Error(`prepared to ${outcome.kind}`)
  return outcome.reference
}

/** Calls as payment-service does: again, with what was prepared, and after an unknown outcome with one more attempt. */
const chargeToTheEnd = async (call: ChargeCall = chargeCall): Promise<ChargeOutcome> => {
  let next = call
  for (let tries = 0; tries < 10; tries++) {
    const outcome = await gateway.charge(next).catch(() => undefined)
    if (outcome?.kind === 'prepared') next = { ...next, reference: outcome.reference }
    else if (outcome === undefined || outcome.kind === 'unknown') next = { ...next, attempts: next.attempts + 1 }
    else return outcome
  }
  throw new Error('the charge came to no end')
}

const succeeded = (): number => [...stub.intents.values()].filter(({ status }) => status === 'succeeded').length

describe('charging by Stripe', () => {
  it('makes an intent first, and confirms the recorded one', async () => {
    const reference = await prepare()
    expect(stub.intents.get(reference)).toMatchObject({
      amount: 4200,
      currency: 'eur',
      status: 'requires_payment_method',
    })
    expect(await gateway.charge({ ...chargeCall, reference })).toEqual({ kind: 'charged', reference, amount: AMOUNT })
    expect(stub.requests).toEqual([
      'POST /v1/payment_intents order-1/charge/0/create',
      'POST /v1/payment_intents/pi/confirm order-1/charge/0/confirm',
    ])
  })

  it('makes the same intent when its id was not recorded', async () => {
    expect(await prepare()).toBe(await prepare())
    expect(stub.intents.size).toBe(1)
  })

  it('answers a decline with its reason, and leaves nothing that could be charged later', async () => {
    stub.next('/confirm', { kind: 'decline', message: 'Your card has insufficient funds.' })
    expect(await chargeToTheEnd()).toEqual({ kind: 'refused', reason: 'Your card has insufficient funds.' })
    expect([...stub.intents.values()]).toMatchObject([{ status: 'canceled' }])
  })

  it('keeps the reason of a decline whose answer was lost', async () => {
    stub.next('/confirm', { kind: 'decline', message: 'Your card was declined.' })
    stub.next('/cancel', { kind: 'lost-answer' })
    expect(await chargeToTheEnd()).toEqual({ kind: 'refused', reason: 'Your card was declined.' })
  })

  it.each([
    ['a 409: the same call is under way', { kind: 'error', status: 409, code: 'idempotency_key_in_use' }],
    ['a 429: too many requests', { kind: 'error', status: 429, code: 'rate_limit' }],
    ['a 500 before anything happened', { kind: 'error', status: 500, type: 'api_error' }],
    ['a 503', { kind: 'error', status: 503, type: 'api_error' }],
    ['credentials that are not taken, which an operator mends', { kind: 'error', status: 401 }],
    ['an answer that is lost after the effect', { kind: 'lost-answer' }],
    ['an answer that does not come in time', { kind: 'no-answer' }],
    ['a failure that is stored before the effect', { kind: 'error', status: 500, type: 'api_error', stored: true }],
    ['a failure that is stored after the effect', { kind: 'stored-failure' }],
  ] as const)('charges once in spite of %s', async (_name, trouble) => {
    for (const path of ['/payment_intents', '/confirm']) {
      stub.intents.clear()
      const call = { ...chargeCall, key: `order-1${path}/charge/0` }
      stub.next(path, trouble)
      expect(await chargeToTheEnd(call)).toMatchObject({ kind: 'charged', amount: AMOUNT })
      expect(succeeded()).toBe(1)
    }
  })

  it('asks the intent, not the key, when a stored failure would be repeated for ever', async () => {
    const reference = await prepare()
    stub.next('/confirm', { kind: 'stored-failure' })
    await expect(gateway.charge({ ...chargeCall, reference })).rejects.toThrow('stub 500')
    expect(await gateway.charge({ ...chargeCall, reference, attempts: 1 })).toMatchObject({ kind: 'charged' })
    expect(stub.asked('/confirm')).toBe(1)
  })

  it('waits for a bank that is still working on it', async () => {
    const reference = await prepare()
    const intent = stub.intents.get(reference)
    if (intent) intent.status = 'processing'
    expect(await gateway.charge({ ...chargeCall, reference, attempts: 1 })).toMatchObject({ kind: 'pending' })
  })

  it('refuses what needs an action of the customer, who is not there', async () => {
    const reference = await prepare()
    const intent = stub.intents.get(reference)
    if (intent) intent.status = 'requires_action'
    expect(await gateway.charge({ ...chargeCall, reference, attempts: 1 })).toMatchObject({ kind: 'refused' })
    expect(stub.intents.get(reference)?.status).toBe('canceled')
  })

  it('refuses tokens of the simulated gateway, and no token, without asking Stripe', async () => {
    expect(await gateway.charge({ ...chargeCall, paymentMethod: 'sim_approved' })).toMatchObject({ kind: 'refused' })
    expect(await gateway.charge({ ...chargeCall, paymentMethod: null })).toMatchObject({ kind: 'refused' })
    expect(stub.requests).toEqual([])
  })

  it('refuses what Stripe will never take', async () => {
    stub.next('/payment_intents', { kind: 'error', status: 400, code: 'amount_too_small' })
    expect(await gateway.charge(chargeCall)).toMatchObject({ kind: 'refused' })
  })
})

describe('cancelling by Stripe', () => {
  const cancelCall = (chargeReference: string | null): CancelCall => ({
    ...undoing,
    key: 'order-1/void/0',
    chargeReference,
  })

  it('ends the intent, so that a late confirmation is refused', async () => {
    const reference = await prepare()
    expect(await gateway.cancel(cancelCall(reference))).toEqual({ kind: 'voided' })
    expect(await gateway.charge({ ...chargeCall, reference })).toMatchObject({ kind: 'refused' })
    expect(succeeded()).toBe(0)
  })

  it('finds a charge that was first', async () => {
    const reference = await prepare()
    await gateway.charge({ ...chargeCall, reference })
    expect(await gateway.cancel(cancelCall(reference))).toEqual({ kind: 'charged', reference, amount: AMOUNT })
  })

  it('asks again later while the bank has not decided', async () => {
    const reference = await prepare()
    const intent = stub.intents.get(reference)
    if (intent) intent.status = 'processing'
    expect(await gateway.cancel(cancelCall(reference))).toMatchObject({ kind: 'pending' })
  })

  it('may be repeated, also after a failure that Stripe stored', async () => {
    const reference = await prepare()
    stub.next('/cancel', { kind: 'stored-failure' })
    await expect(gateway.cancel(cancelCall(reference))).rejects.toThrow('stub 500')
    expect(await gateway.cancel(cancelCall(reference))).toEqual({ kind: 'voided' })
  })

  it('of what was never prepared asks nobody: nothing can have been confirmed', async () => {
    expect(await gateway.cancel(cancelCall(null))).toEqual({ kind: 'voided' })
    expect(stub.requests).toEqual([])
  })
})

describe('refunding by Stripe', () => {
  const refundCall = (chargeReference: string, more: Partial<RefundCall> = {}): RefundCall => ({
    ...undoing,
    key: 'order-1/refund/0',
    chargeReference,
    ...more,
  })
  const charged = async (): Promise<string> => {
    const reference = await prepare()
    await gateway.charge({ ...chargeCall, reference })
    return reference
  }

  it('gives the amount back once, whatever is repeated', async () => {
    const reference = await charged()
    const first = await gateway.refund(refundCall(reference))
    expect(first).toMatchObject({ kind: 'refunded' })
    expect(await gateway.refund(refundCall(reference, { attempts: 1 }))).toEqual(first)
    expect(stub.refunds.size).toBe(1)
  })

  it.each([['lost-answer'], ['no-answer'], ['stored-failure']] as const)(
    'finds what it gave back behind a %s',
    async (kind) => {
      const reference = await charged()
      stub.next('/refunds', { kind })
      const tries = [
        await gateway.refund(refundCall(reference)).catch(() => undefined),
        await gateway.refund(refundCall(reference, { attempts: 1 })),
      ]
      expect(tries.at(-1)).toMatchObject({ kind: 'refunded' })
      expect(stub.refunds.size).toBe(1)
    },
  )

  it('is refused definitely, and tried under another key by the next command', async () => {
    const reference = await charged()
    stub.next('/refunds', { kind: 'error', status: 400, code: 'insufficient_funds', stored: true })
    expect(await gateway.refund(refundCall(reference))).toMatchObject({ kind: 'refused' })
    expect(await gateway.refund(refundCall(reference))).toMatchObject({ kind: 'refused' })
    expect(await gateway.refund(refundCall(reference, { key: 'order-1/refund/1' }))).toMatchObject({ kind: 'refunded' })
  })

  it('takes what a person gave back by hand for given back', async () => {
    const reference = await charged()
    await gateway.refund(refundCall(reference, { key: 'by-hand' }))
    expect(await gateway.refund(refundCall(reference))).toMatchObject({ kind: 'refunded' })
    expect(stub.refunds.size).toBe(1)
  })

  it('that the bank takes days for is recorded, then asked about until it is decided', async () => {
    const charge = await charged()
    stub.refundStatus = 'pending'
    const outcome = await gateway.refund(refundCall(charge))
    expect(outcome).toMatchObject({ kind: 'prepared' })
    const reference = outcome.kind === 'prepared' ? outcome.reference : ''
    expect(await gateway.refund(refundCall(charge, { reference }))).toMatchObject({ kind: 'pending' })
    const refund = stub.refunds.get(reference)
    if (refund) refund.status = 'failed'
    expect(await gateway.refund(refundCall(charge, { reference }))).toMatchObject({ kind: 'refused' })
  })
})

import { randomUUID } from 'node:crypto'
import { paymentCharge } from '@skald/contracts'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AMOUNT, type Running, startRunning } from './running.ts'

let service: Running

beforeAll(async () => {
  service = await startRunning({ GATEWAY_RETRY_MS: '20' })
})
afterAll(() => service.close())

const get = (url: string) => service.request('GET', url)

/** Waits for the answer to a command, and gives its type. */
const answerTo = (commandId: string): Promise<string> =>
  eventually(() => {
    const [first] = service.answersTo(commandId)
    if (!first) throw new Error(`${commandId} is not answered`)
    return first.message.type
  })

const transactionsOf = async (orderId: string): Promise<string[]> => {
  const { body } = await get(`/payments/${orderId}`)
  const transactions = body['transactions'] as Array<{ kind: string; status: string }>
  return transactions.map(({ kind, status }) => `${kind} ${status}`)
}

const ledgerOf = async (orderId: string): Promise<string[]> => {
  const { body } = await get(`/simulated-gateway/${orderId}`)
  const entries = body['entries'] as Array<{ kind: string; outcome: string }>
  return entries.map(({ kind, outcome }) => `${kind} ${outcome}`)
}

/** A charge that the gateway was asked for and nobody hears of. */
const unansweredCharge = async (orderId: string, paymentMethod: string): Promise<string> => {
  const command = await service.charge(orderId, paymentMethod)
  await eventually(async () => expect((await get(`/payments/${orderId}`)).status).toBe(200))
  return command
}

describe('payment-service', () => {
  it('charges, answers once, and shows the payment', async () => {
    const orderId = randomUUID()
    expect(await answerTo(await service.charge(orderId, 'sim_approved'))).toBe('payment.confirmed.v1')
    const { status, body } = await get(`/payments/${orderId}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      orderId,
      status: 'CONFIRMED',
      total: AMOUNT,
      transactions: [{ id: `${orderId}/charge/0`, kind: 'charge', status: 'SUCCEEDED', amount: AMOUNT }],
    })
    expect(await ledgerOf(orderId)).toEqual(['charge succeeded'])
  })

  it('answers a decline', async () => {
    const orderId = randomUUID()
    expect(await answerTo(await service.charge(orderId, 'sim_declined'))).toBe('payment.failed.v1')
    expect((await get(`/payments/${orderId}`)).body['status']).toBe('FAILED')
  })

  it('gives back what was charged', async () => {
    const orderId = randomUUID()
    await answerTo(await service.charge(orderId, 'sim_approved'))
    expect(await answerTo(await service.refund(orderId))).toBe('payment.refunded.v1')
    expect(await transactionsOf(orderId)).toEqual(['charge SUCCEEDED', 'refund SUCCEEDED'])
    expect(await ledgerOf(orderId)).toEqual(['charge succeeded', 'refund succeeded'])
  })

  it('asks a gateway that fails for a while again under one key', async () => {
    const orderId = randomUUID()
    expect(await answerTo(await service.charge(orderId, 'sim_flaky_3'))).toBe('payment.confirmed.v1')
    expect(await transactionsOf(orderId)).toEqual(['charge SUCCEEDED'])
    expect(await ledgerOf(orderId)).toEqual(['charge succeeded'])
  })

  it('voids a charge that the gateway is silent about', async () => {
    const orderId = randomUUID()
    const charge = await unansweredCharge(orderId, 'sim_silent')
    expect(await answerTo(await service.refund(orderId))).toBe('payment.voided.v1')
    expect(await answerTo(charge)).toBe('payment.failed.v1')
    expect(await transactionsOf(orderId)).toEqual(['charge FAILED', 'void SUCCEEDED'])
    expect((await get(`/payments/${orderId}`)).body['status']).toBe('VOIDED')
  })

  it('finds and gives back a charge whose answer was lost', async () => {
    const orderId = randomUUID()
    const charge = await unansweredCharge(orderId, 'sim_lost_reply')
    await eventually(async () => expect(await ledgerOf(orderId)).toEqual(['charge succeeded']))
    expect(await answerTo(await service.refund(orderId))).toBe('payment.refunded.v1')
    expect(await answerTo(charge)).toBe('payment.confirmed.v1')
    expect(await ledgerOf(orderId)).toEqual(['charge succeeded', 'refund succeeded'])
  })

  it('answers each refused refund, and the one that succeeds', async () => {
    const orderId = randomUUID()
    await unansweredCharge(orderId, 'sim_refund_fails_2')
    await eventually(async () => expect(await ledgerOf(orderId)).toEqual(['charge succeeded']))
    expect(await answerTo(await service.refund(orderId))).toBe('payment.refund-failed.v1')
    expect(await answerTo(await service.refund(orderId))).toBe('payment.refund-failed.v1')
    expect(await answerTo(await service.refund(orderId))).toBe('payment.refunded.v1')
    expect(await transactionsOf(orderId)).toEqual([
      'charge SUCCEEDED',
      'refund FAILED',
      'refund FAILED',
      'refund SUCCEEDED',
    ])
  })

  it('refuses a charge that comes after its undo', async () => {
    const orderId = randomUUID()
    expect(await answerTo(await service.refund(orderId))).toBe('payment.voided.v1')
    expect(await answerTo(await service.charge(orderId, 'sim_approved'))).toBe('payment.failed.v1')
    expect(await ledgerOf(orderId)).toEqual(['void succeeded'])
  })

  it('answers the n-th repeat of a command with the n-th repeat of its reply', async () => {
    const orderId = randomUUID()
    const said = paymentCharge({ orderId, amount: AMOUNT, paymentMethod: 'sim_approved' })
    const id = await service.wire.send(said)
    await answerTo(id)
    await service.wire.send(said, { id, repeat: 2 })
    const [first, second] = await eventually(() => {
      const answers = service.answersTo(id)
      expect(answers).toHaveLength(2)
      return answers
    })
    expect(second?.message).toEqual(first?.message)
    expect(second?.msgId).toBe(`${first?.message.id}:2`)
    expect(await ledgerOf(orderId)).toEqual(['charge succeeded'])
  })

  it('makes the same charge once when it is stopped and started in the middle of it', async () => {
    const orderId = randomUUID()
    const charge = await unansweredCharge(orderId, 'sim_slow_4000')
    await service.restart()
    expect(await answerTo(charge)).toBe('payment.confirmed.v1')
    expect(await ledgerOf(orderId)).toEqual(['charge succeeded'])
    expect(await transactionsOf(orderId)).toEqual(['charge SUCCEEDED'])
  })

  it('makes a dead letter of a second charge of another amount', async () => {
    const orderId = randomUUID()
    await answerTo(await service.charge(orderId, 'sim_approved'))
    await service.wire.send(paymentCharge({ orderId, amount: { amount: 1, currency: 'EUR' } }))
    await eventually(async () => {
      const rows = await service.database.query('SELECT reason FROM dead_letter')
      expect(rows).toEqual([{ reason: 'other-amount' }])
    })
  })

  it('answers 404 for an order it never heard of, 400 for what is no order id, and an empty ledger', async () => {
    expect((await get(`/payments/${randomUUID()}`)).status).toBe(404)
    expect((await get('/payments/%20')).status).toBe(400)
    expect(await ledgerOf(randomUUID())).toEqual([])
  })
})

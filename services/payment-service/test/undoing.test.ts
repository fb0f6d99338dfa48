import { describe, expect, it } from 'vitest'
import {
  AMOUNT,
  charged,
  Desk,
  declined,
  foundCharged,
  LEASE_MS,
  ORDER,
  refunded,
  refundRefused,
  unknown,
  voided,
} from './desk.ts'

const confirmedDesk = (): Desk => {
  const desk = new Desk().charge('c1')
  desk.returned(desk.call, charged)
  return desk
}

describe('undoing a charge that was made', () => {
  it('gives the amount back', () => {
    const desk = confirmedDesk().refund('r1')
    expect(desk.call).toMatchObject({
      kind: 'refund',
      key: `${ORDER}/refund/0`,
      chargeReference: 'ref-charge',
      amount: AMOUNT,
    })
    expect(desk.transactions).toEqual(['charge/0 SUCCEEDED', 'refund/0 PENDING'])
    desk.returned(desk.call, refunded)
    expect(desk.replies.at(-1)).toEqual({
      to: 'r1',
      type: 'payment.refunded.v1',
      data: { orderId: ORDER, amount: AMOUNT },
    })
    expect(desk.payment).toMatchObject({ status: 'REFUNDED', call: null, open_commands: [] })
    expect(desk.tasks).toEqual([])
  })

  it('that is refused stands; each new command is a new attempt under a new key, until one succeeds', () => {
    const desk = confirmedDesk().refund('r1')
    desk.returned(desk.call, refundRefused)
    expect(desk.replies.at(-1)).toMatchObject({
      to: 'r1',
      type: 'payment.refund-failed.v1',
      data: { reason: 'not now' },
    })
    expect(desk.payment).toMatchObject({ status: 'CONFIRMED', call: null })
    desk.refund('r2')
    desk.returned(desk.call, refundRefused)
    desk.refund('r3')
    expect(desk.call.key).toBe(`${ORDER}/refund/2`)
    desk.returned(desk.call, refunded)
    expect(desk.transactions).toEqual([
      'charge/0 SUCCEEDED',
      'refund/0 FAILED',
      'refund/1 FAILED',
      'refund/2 SUCCEEDED',
    ])
    expect(desk.saidTo('r3')).toEqual(['payment.refunded.v1'])
  })

  it('repeats the old answer for an old attempt, without a new call', () => {
    const desk = confirmedDesk().refund('r1')
    desk.returned(desk.call, refundRefused)
    desk.refund('r1')
    expect(desk.saidTo('r1')).toEqual(['payment.refund-failed.v1', 'payment.refund-failed.v1'])
    expect(desk.calls).toHaveLength(2)
  })

  it('keeps its key while the outcome is not known', () => {
    const desk = confirmedDesk().refund('r1')
    for (let n = 0; n < 3; n++) {
      desk.returned(desk.call, unknown)
      desk.nowMs += 20_000
      desk.claimDue()
    }
    expect(desk.call).toMatchObject({ key: `${ORDER}/refund/0`, attempts: 3 })
    desk.returned(desk.call, refunded)
    expect(desk.payment.status).toBe('REFUNDED')
  })

  it('lets a second command wait for the same refund', () => {
    const desk = confirmedDesk().refund('r1').refund('r1').refund('r2')
    expect(desk.calls).toHaveLength(2)
    desk.returned(desk.call, refunded)
    expect(desk.saidTo('r1')).toEqual(['payment.refunded.v1'])
    expect(desk.saidTo('r2')).toEqual(['payment.refunded.v1'])
  })

  it('is answered from the record once it is done, whoever asks', () => {
    const desk = confirmedDesk().refund('r1')
    desk.returned(desk.call, refunded)
    desk.refund('r2').charge('c2')
    expect(desk.saidTo('r2')).toEqual(['payment.refunded.v1'])
    expect(desk.saidTo('c2')).toEqual(['payment.failed.v1'])
    expect(desk.calls).toHaveLength(2)
  })
})

describe('undoing a charge that is under way', () => {
  it('stops the call and goes to cancel at once, without asking how the charge went', () => {
    const desk = new Desk().charge('c1').refund('r1')
    expect(desk.call).toMatchObject({ kind: 'void', key: `${ORDER}/void/0`, chargeKey: `${ORDER}/charge/0` })
    expect(desk.tasks.map(({ id }) => id)).toEqual([`${ORDER}/void/0`])
    expect(desk.replies).toEqual([])
  })

  it('that the gateway never made is voided; both commands are answered', () => {
    const desk = new Desk().charge('c1').refund('r1')
    desk.returned(desk.call, voided)
    expect(desk.saidTo('c1')).toEqual(['payment.failed.v1'])
    expect(desk.saidTo('r1')).toEqual(['payment.voided.v1'])
    expect(desk.payment).toMatchObject({ status: 'VOIDED', call: null, open_commands: [] })
    expect(desk.transactions).toEqual(['charge/0 FAILED', 'void/0 SUCCEEDED'])
    expect(desk.tasks).toEqual([])
  })

  it('that the gateway had made is confirmed, as it is a fact, and given back', () => {
    const desk = new Desk().charge('c1').refund('r1')
    desk.returned(desk.call, foundCharged)
    expect(desk.saidTo('c1')).toEqual(['payment.confirmed.v1'])
    expect(desk.saidTo('r1')).toEqual([])
    expect(desk.call).toMatchObject({ kind: 'refund', key: `${ORDER}/refund/0`, chargeReference: 'ref-charge' })
    desk.returned(desk.call, refunded)
    expect(desk.saidTo('r1')).toEqual(['payment.refunded.v1'])
    expect(desk.transactions).toEqual(['charge/0 SUCCEEDED', 'refund/0 SUCCEEDED'])
    expect(desk.tasks).toEqual([])
  })

  it.each([
    ['success', charged],
    ['refusal', declined],
    ['silence', unknown],
  ] as const)('leaves the late %s of the stopped charge without effect', (_name, late) => {
    const desk = new Desk().charge('c1')
    const stopped = desk.call
    desk.refund('r1')
    expect(desk.returned(stopped, late)).toBe(false)
    desk.returned(desk.call, voided)
    expect(desk.returned(stopped, late)).toBe(false)
    expect(desk.payment.status).toBe('VOIDED')
    expect(desk.calls).toHaveLength(2)
  })

  it('keeps what was prepared, so that the gateway knows what to cancel', () => {
    const desk = new Desk().charge('c1')
    desk.returned(desk.call, { call: 'charge', outcome: { kind: 'prepared', reference: 'intent-1' } })
    desk.refund('r1')
    expect(desk.call).toMatchObject({ kind: 'void', chargeReference: 'intent-1' })
  })

  it('does not commit what a stopped call prepared', () => {
    const desk = new Desk().charge('c1')
    const stopped = desk.call
    desk.refund('r1')
    expect(desk.returned(stopped, { call: 'charge', outcome: { kind: 'prepared', reference: 'intent-1' } })).toBe(false)
    expect(desk.calls).toHaveLength(2)
  })

  it('asks to cancel again after a crash, under the same key', () => {
    const desk = new Desk().charge('c1').refund('r1')
    desk.nowMs += LEASE_MS
    desk.claimDue()
    expect(desk.call).toMatchObject({ kind: 'void', key: `${ORDER}/void/0`, attempts: 1 })
    desk.returned(desk.call, voided)
    expect(desk.saidTo('r1')).toEqual(['payment.voided.v1'])
  })
})

describe('undoing what was not, or not yet, charged', () => {
  it('before its charge leaves a tombstone, which refuses the charge whenever it comes', () => {
    const desk = new Desk().refund('r1').charge('c1')
    expect(desk.calls.map(({ kind }) => kind)).toEqual(['void'])
    expect(desk.saidTo('c1')).toEqual(['payment.failed.v1'])
    desk.returned(desk.call, voided)
    expect(desk.saidTo('r1')).toEqual(['payment.voided.v1'])
    desk.charge('c2')
    expect(desk.saidTo('c2')).toEqual(['payment.failed.v1'])
    expect(desk.transactions).toEqual(['void/0 SUCCEEDED'])
    expect(desk.calls).toHaveLength(1)
  })

  it('needs no amount, and takes it from the gateway should there be a charge after all', () => {
    const desk = new Desk().refund('r1', { amount: undefined })
    expect(desk.call.amount).toBeNull()
    desk.returned(desk.call, foundCharged)
    expect(desk.call).toMatchObject({ kind: 'refund', amount: AMOUNT })
    desk.returned(desk.call, refunded)
    expect(desk.replies.at(-1)).toMatchObject({ type: 'payment.refunded.v1', data: { amount: AMOUNT } })
  })

  it('after a refusal is answered at once: nothing was taken', () => {
    const desk = new Desk().charge('c1')
    desk.returned(desk.call, declined)
    desk.refund('r1')
    expect(desk.saidTo('r1')).toEqual(['payment.voided.v1'])
    expect(desk.payment.status).toBe('FAILED')
    expect(desk.calls).toHaveLength(1)
  })

  it('is answered from the record by any later command', () => {
    const desk = new Desk().refund('r1')
    desk.returned(desk.call, voided)
    desk.refund('r2')
    expect(desk.saidTo('r2')).toEqual(['payment.voided.v1'])
  })
})

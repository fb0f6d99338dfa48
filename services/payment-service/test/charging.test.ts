import { describe, expect, it } from 'vitest'
import { AMOUNT, charged, Desk, declined, LEASE_MS, ORDER, RETRY_MS, unknown } from './desk.ts'

describe('charging', () => {
  it('commits the intent and a leased task before the gateway is asked, and says nothing', () => {
    const desk = new Desk().charge('c1', { paymentMethod: 'sim_approved' })
    expect(desk.payment).toMatchObject({ status: 'PENDING', amount: 1250, currency: 'EUR', call: `${ORDER}/charge/0` })
    expect(desk.tasks).toMatchObject([{ id: `${ORDER}/charge/0`, attempts: 0, due_at: desk.nowMs + LEASE_MS }])
    expect(desk.call).toMatchObject({ kind: 'charge', amount: AMOUNT, paymentMethod: 'sim_approved' })
    expect(desk.call.token).toBe(desk.tasks[0]?.token)
    expect(desk.replies).toEqual([])
  })

  it('answers with the result, and keeps nothing to do', () => {
    const desk = new Desk().charge('c1')
    expect(desk.returned(desk.call, charged)).toBe(true)
    expect(desk.replies).toEqual([
      {
        to: 'c1',
        type: 'payment.confirmed.v1',
        data: { orderId: ORDER, amount: AMOUNT, gatewayReference: 'ref-charge' },
      },
    ])
    expect(desk.payment).toMatchObject({ status: 'CONFIRMED', call: null, open_commands: [] })
    expect(desk.transactions).toEqual(['charge/0 SUCCEEDED'])
    expect(desk.tasks).toEqual([])
  })

  it('answers a definite refusal with its reason', () => {
    const desk = new Desk().charge('c1')
    desk.returned(desk.call, declined)
    expect(desk.replies).toMatchObject([{ type: 'payment.failed.v1', data: { reason: 'the card was declined' } }])
    expect(desk.payment.status).toBe('FAILED')
    expect(desk.transactions).toEqual(['charge/0 FAILED'])
  })

  it('neither says nor calls anything for a repeat of a command that is open', () => {
    const desk = new Desk().charge('c1').charge('c1')
    expect(desk.calls).toHaveLength(1)
    expect(desk.replies).toEqual([])
    desk.returned(desk.call, charged)
    expect(desk.saidTo('c1')).toEqual(['payment.confirmed.v1'])
  })

  it('answers a repeat of a command that was answered with the same reply, without a call', () => {
    const desk = new Desk().charge('c1')
    desk.returned(desk.call, charged)
    desk.charge('c1')
    expect(desk.saidTo('c1')).toEqual(['payment.confirmed.v1', 'payment.confirmed.v1'])
    expect(desk.calls).toHaveLength(1)
  })

  it('refuses an open message id that comes again with other content', () => {
    const desk = new Desk().charge('c1').charge('c1', { paymentMethod: 'sim_declined' })
    expect(desk.refused).toEqual(['other-content'])
    expect(desk.calls).toHaveLength(1)
  })

  it('lets a second command about the same charge wait for the one call, and answers both', () => {
    const desk = new Desk().charge('c1').charge('c2')
    expect(desk.calls).toHaveLength(1)
    desk.returned(desk.call, charged)
    expect(desk.saidTo('c1')).toEqual(['payment.confirmed.v1'])
    expect(desk.saidTo('c2')).toEqual(['payment.confirmed.v1'])
  })

  it('answers a new command about a decided charge from the record', () => {
    const confirmed = new Desk().charge('c1')
    confirmed.returned(confirmed.call, charged)
    confirmed.charge('c2')
    expect(confirmed.saidTo('c2')).toEqual(['payment.confirmed.v1'])
    const failed = new Desk().charge('c1')
    failed.returned(failed.call, declined)
    failed.charge('c2')
    expect(failed.replies.at(-1)).toMatchObject({ to: 'c2', data: { reason: 'the card was declined' } })
    expect(failed.calls).toHaveLength(1)
  })

  it('refuses to charge the same order another amount, open or decided', () => {
    const other = { amount: { amount: 1, currency: 'EUR' } }
    const desk = new Desk().charge('c1').charge('c2', other)
    desk.returned(desk.call, charged)
    desk.charge('c3', other)
    expect(desk.refused).toEqual(['other-amount', 'other-amount'])
  })

  it('takes no more than a bounded number of commands for one call', () => {
    const desk = new Desk()
    for (let n = 0; n <= 100; n++) desk.charge(`c${n}`)
    expect(desk.payment.open_commands).toHaveLength(100)
    expect(desk.refused).toEqual(['too-many-open'])
  })
})

describe('a call whose outcome is not known', () => {
  it('is made again under the same key, each time after a longer wait', () => {
    const desk = new Desk().charge('c1')
    const waits: number[] = []
    for (let n = 0; n < 9; n++) {
      expect(desk.returned(desk.call, unknown)).toBe(true)
      const dueAt = desk.tasks[0]?.due_at ?? 0
      waits.push(dueAt - desk.nowMs)
      desk.nowMs = dueAt
      desk.claimDue()
    }
    expect(new Set(desk.calls.map(({ key }) => key))).toEqual(new Set([`${ORDER}/charge/0`]))
    expect(new Set(desk.calls.map(({ token }) => token)).size).toBe(10)
    waits.forEach((wait, n) => {
      const expected = Math.min(RETRY_MS * 2 ** n, 10_000)
      expect(wait).toBeGreaterThanOrEqual(expected * 0.8)
      expect(wait).toBeLessThanOrEqual(expected * 1.2)
    })
    desk.returned(desk.call, charged)
    expect(desk.transactions).toEqual(['charge/0 SUCCEEDED'])
  })

  it('is made again when the gateway says, without counting as a failure', () => {
    const desk = new Desk().charge('c1')
    desk.returned(desk.call, { call: 'again', outcome: { kind: 'pending', afterMs: 5_000 } })
    expect(desk.tasks).toMatchObject([{ due_at: desk.nowMs + 5_000 }])
  })

  it('goes on at once with what was prepared, which is committed before', () => {
    const desk = new Desk().charge('c1')
    desk.returned(desk.call, { call: 'charge', outcome: { kind: 'prepared', reference: 'intent-1' } })
    expect(desk.calls).toHaveLength(2)
    expect(desk.call).toMatchObject({ reference: 'intent-1', chargeReference: 'intent-1', token: desk.calls[0]?.token })
    expect(desk.payment.transactions).toMatchObject([{ status: 'PENDING', gatewayReference: 'intent-1' }])
    desk.returned(desk.call, charged)
    expect(desk.saidTo('c1')).toEqual(['payment.confirmed.v1'])
  })
})

describe('a lease', () => {
  it('that ran out hands the call to another process, under the same key, and the first process writes nothing any more', () => {
    const slept = new Desk('process-a').charge('c1')
    const other = new Desk('process-b', slept)
    other.nowMs += LEASE_MS
    other.claimDue()
    expect(other.call).toMatchObject({ key: slept.call.key, attempts: 1 })
    expect(slept.returned(slept.call, declined)).toBe(false)
    expect(slept.payment.status).toBe('PENDING')
    expect(other.returned(other.call, charged)).toBe(true)
    expect(other.payment.status).toBe('CONFIRMED')
    expect(slept.returned(slept.call, charged)).toBe(false)
    expect(other.saidTo('c1')).toEqual(['payment.confirmed.v1'])
  })

  it('that runs is held by one process only', () => {
    const desk = new Desk().charge('c1')
    desk.claimDue()
    expect(desk.calls).toHaveLength(1)
  })

  it('of a claim is made as long as a call needs', () => {
    const desk = new Desk().charge('c1')
    desk.nowMs += LEASE_MS
    desk.claimDue()
    expect(desk.tasks).toMatchObject([{ due_at: desk.nowMs + LEASE_MS }])
  })

  it('ends with the result: the same result told twice is applied once', () => {
    const desk = new Desk().charge('c1')
    expect(desk.returned(desk.call, unknown)).toBe(true)
    expect(desk.returned(desk.call, charged)).toBe(false)
    expect(desk.payment.status).toBe('PENDING')
  })
})

describe('a question about an open charge', () => {
  it('is acked when the gateway has left this process waiting, and comes again until then', () => {
    const desk = new Desk().charge('c1')
    expect(desk.ask('c1')).toBe('comes again')
    desk.nowMs += 500
    expect(desk.ask('c1')).toBe('acked')
    expect(desk.calls).toHaveLength(1)
  })

  it('is acked between two tries that came back with nothing', () => {
    const desk = new Desk().charge('c1')
    desk.returned(desk.call, unknown)
    expect(desk.ask('c1')).toBe('acked')
  })

  it('comes again while nobody makes the call: its try is due, or was just claimed', () => {
    const desk = new Desk().charge('c1')
    desk.returned(desk.call, unknown)
    desk.nowMs += 2 * RETRY_MS
    expect(desk.ask('c1')).toBe('comes again')
    expect(desk.claimDue().ask('c1')).toBe('comes again')
    desk.nowMs += 500
    expect(desk.ask('c1')).toBe('acked')
  })

  it('comes again while another process has the call, which may have died with it, until this one has made it', () => {
    const dead = new Desk('process-a').charge('c1')
    const desk = new Desk('process-b', dead)
    desk.nowMs += LEASE_MS - 1
    expect(desk.ask('c1')).toBe('comes again')
    desk.nowMs += 1
    expect(desk.claimDue().ask('c1')).toBe('comes again')
    desk.returned(desk.call, charged)
    expect(desk.ask('c1')).toBe('acked')
    expect(desk.saidTo('c1')).toEqual(['payment.confirmed.v1', 'payment.confirmed.v1'])
  })

  it('begins the charge when it is the first to come, and comes again', () => {
    const desk = new Desk()
    expect(desk.ask('c1')).toBe('comes again')
    expect(desk.calls).toHaveLength(1)
    expect(desk.ask('c2')).toBe('comes again')
    desk.returned(desk.call, charged)
    expect([...desk.saidTo('c1'), ...desk.saidTo('c2')]).toEqual(['payment.confirmed.v1', 'payment.confirmed.v1'])
  })
})

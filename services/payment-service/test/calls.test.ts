import type { Clock } from '@skald/messaging'
import { beforeEach, describe, expect, it } from 'vitest'
import type { CallStart } from '../src/calls/call.ts'
import { Calls, type CallsOptions } from '../src/calls/calls.ts'
import type { Returned } from '../src/calls/record-result.ts'
import type { ChargeCall, ChargeOutcome, Gateway } from '../src/payments/gateway.ts'

const TIME_LIMIT_MS = 5_000
const AMOUNT = { amount: 100, currency: 'EUR' }
const CHARGED: ChargeOutcome = { kind: 'charged', reference: 'ref', amount: AMOUNT }

/** Time that passes when told to. */
class ManualClock implements Clock {
  #nowMs = 0
  #timers: Array<{ readonly atMs: number; readonly act: () => void }> = []

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, then: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, act: then }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  async advance(byMs: number): Promise<void> {
    this.#nowMs += byMs
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs)
    for (const { act } of due) act()
    await turns()
  }
}

/** Lets everything that can happen by itself happen. */
const turns = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await new Promise<void>((resolve) => setImmediate(resolve))
}

let clock: ManualClock
let asked: Map<string, { readonly call: ChargeCall; readonly answer: (outcome: ChargeOutcome) => void }>
let recorded: Returned[]
let left: string[]
let recording: (returned: Returned) => Promise<unknown>

const gateway: Gateway = {
  timeLimitMs: TIME_LIMIT_MS,
  charge: (call) => new Promise((answer) => asked.set(call.orderId, { call, answer })),
  cancel: () => Promise.reject(new Error('the line is dead')),
  refund: () => Promise.reject(new Error('not asked here')),
}

const start = (bounds: CallsOptions['bounds'] = { maxInFlight: 10, maxWaiting: 100 }): Calls =>
  new Calls({
    gateway,
    bounds,
    leaseMs: 10_000,
    clock,
    record: (returned) => recording(returned),
    take: () => Promise.resolve(),
    observer: { returned: () => undefined, inFlight: () => undefined, leftToLease: (key) => left.push(key) },
  })

const callFor = (orderId: string, attempts = 0, kind: CallStart['kind'] = 'charge'): CallStart => ({
  key: `${orderId}/${kind}/0`,
  kind,
  token: `token-${orderId}`,
  attempts,
  orderId,
  amount: AMOUNT,
  paymentMethod: null,
  reference: null,
  chargeKey: `${orderId}/charge/0`,
  chargeReference: null,
})

beforeEach(() => {
  clock = new ManualClock()
  asked = new Map()
  recorded = []
  left = []
  recording = async (returned) => {
    recorded.push(returned)
  }
})

describe('the calls runner', () => {
  it('makes a call that a decision started, and records what comes of it under its token', async () => {
    const calls = start()
    calls.handled({ starts: callFor('a') })
    calls.handled({ applied: true })
    calls.handled(undefined)
    asked.get('a')?.answer(CHARGED)
    await turns()
    const result = { call: 'charge', outcome: CHARGED }
    expect(recorded).toEqual([{ orderId: 'a', key: 'a/charge/0', token: 'token-a', result }])
  })

  it('takes silence for an unknown outcome at the time limit, and drops what is answered later', async () => {
    const calls = start()
    calls.handled({ starts: callFor('a') })
    await clock.advance(TIME_LIMIT_MS - 1)
    expect(recorded).toEqual([])
    await clock.advance(1)
    expect(recorded).toMatchObject([{ result: { call: 'again', outcome: { kind: 'unknown' } } }])
    expect(asked.get('a')?.call.signal.aborted).toBe(true)
    asked.get('a')?.answer(CHARGED)
    await turns()
    expect(recorded).toHaveLength(1)
  })

  it('takes an exception for an unknown outcome', async () => {
    start().handled({ starts: callFor('a', 0, 'void') })
    await turns()
    const outcome = { kind: 'unknown', reason: 'the line is dead' }
    expect(recorded).toMatchObject([{ result: { call: 'again', outcome } }])
  })

  it('makes no more calls at a time than it may, and the next when a place is free', async () => {
    const calls = start({ maxInFlight: 2, maxWaiting: 100 })
    for (const order of ['a', 'b', 'c']) calls.handled({ starts: callFor(order) })
    expect([...asked.keys()]).toEqual(['a', 'b'])
    asked.get('a')?.answer(CHARGED)
    await turns()
    expect([...asked.keys()]).toEqual(['a', 'b', 'c'])
  })

  it('gives places to first tries before repeats, and never all places to repeats', async () => {
    const calls = start({ maxInFlight: 4, maxWaiting: 100 })
    for (const order of ['r1', 'r2', 'r3', 'r4']) calls.handled({ starts: callFor(order, 1) })
    expect([...asked.keys()]).toEqual(['r1', 'r2'])
    for (const order of ['f1', 'f2', 'f3']) calls.handled({ starts: callFor(order) })
    expect([...asked.keys()]).toEqual(['r1', 'r2', 'f1', 'f2'])
    asked.get('r1')?.answer(CHARGED)
    await turns()
    expect([...asked.keys()].at(-1)).toBe('f3')
  })

  it('leaves to its lease what finds the queue full, or waited so long that its result would come too late', async () => {
    const calls = start({ maxInFlight: 1, maxWaiting: 1 })
    for (const order of ['a', 'b', 'c']) calls.handled({ starts: callFor(order) })
    expect(left).toEqual(['c/charge/0'])
    await clock.advance(TIME_LIMIT_MS)
    expect(asked.has('b')).toBe(true)
    calls.handled({ starts: callFor('d') })
    await clock.advance(TIME_LIMIT_MS + 1)
    expect(left).toEqual(['c/charge/0', 'd/charge/0'])
  })

  it('records again what could not be stored, then leaves it to the lease', async () => {
    let tries = 0
    recording = () => {
      tries += 1
      return Promise.reject(new Error('no database'))
    }
    start().handled({ starts: callFor('a') })
    asked.get('a')?.answer(CHARGED)
    await turns()
    for (let n = 0; n < 10; n++) await clock.advance(4_000)
    expect(tries).toBe(6)
    expect(left).toEqual(['a/charge/0'])
  })

  it('gives back at a stop what waits, what is still silent after the grace, and what arrives later', async () => {
    const calls = start({ maxInFlight: 2, maxWaiting: 100 })
    for (const order of ['answered', 'silent', 'waiting']) calls.handled({ starts: callFor(order) })
    let stopped = false
    const stop = calls.stop(1_000).then(() => {
      stopped = true
    })
    await turns()
    const again = { call: 'again', outcome: { kind: 'pending', afterMs: 0 } }
    expect(recorded).toMatchObject([{ orderId: 'waiting', result: again }])
    asked.get('answered')?.answer(CHARGED)
    await turns()
    expect(recorded).toMatchObject([{}, { orderId: 'answered', result: { call: 'charge' } }])
    expect(stopped).toBe(false)
    await clock.advance(1_000)
    await stop
    expect(recorded.at(-1)).toMatchObject({ orderId: 'silent', result: again })
    calls.handled({ starts: callFor('late') })
    await turns()
    expect(recorded.at(-1)).toMatchObject({ orderId: 'late', result: again })
    expect(asked.has('late')).toBe(false)
  })
})

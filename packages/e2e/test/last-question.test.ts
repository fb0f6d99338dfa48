import { jetstreamManager } from '@nats-io/jetstream'
import { type System, startSystem } from '@skald/e2e'
import { eventually } from '@skald/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

const NUDGE_AFTER_MS = 1_000
/** Shorter than the lease of a call (7 s) that died with its process. */
const PATIENCE = { SAGA_STEP_TIMEOUT_MS: '5000', SAGA_NUDGE_AFTER_MS: String(NUDGE_AFTER_MS) }
/** Before the last questions begin, after any other. */
const EARLY_MS = 300
const LIMIT = { timeout: 120_000 }
const PATIENT = { timeoutMs: 30_000 }

let system: System

beforeAll(async () => {
  system = await startSystem({ env: PATIENCE })
  await system.offer('e2e-book', 1_000_000, 1_000)
}, 240_000)

afterAll(() => system?.stop(), 120_000)

/** Keeps the gateway from answering until the returned function is called. */
const silenceGateway = async (): Promise<() => Promise<void>> => {
  const url = new URL(system.access().postgresUrl)
  url.pathname = '/payment_db'
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query('BEGIN')
  await client.query('LOCK TABLE gateway.charge IN ACCESS EXCLUSIVE MODE')
  return () => client.end()
}

const deadlineOf = async (sagaId: string): Promise<number> => {
  const { waitingFor } = await system.saga(sagaId)
  const { deadlineAt = '' } = waitingFor.find(({ types }) => types?.includes('payment.confirmed.v1')) ?? {}
  expect(deadlineAt).not.toBe('')
  return Date.parse(deadlineAt)
}

it('a participant that dies with the last question is no silence: its successor is asked', LIMIT, async () => {
  const broker = await system.broker()
  const bus = await system.bystander('command.payment.>')
  const { consumers } = await jetstreamManager(broker)
  const speak = await silenceGateway()
  const { orderId, sagaId } = await system.place({ paymentMethod: 'sim_approved' })
  const asked = () => bus.about(orderId, 'payment.charge.v1').length
  const deadlineMs = await eventually(() => deadlineOf(sagaId), PATIENT)
  await eventually(() => expect(Date.now()).toBeGreaterThan(deadlineMs - NUDGE_AFTER_MS - EARLY_MS), PATIENT)
  const before = asked()
  await eventually(() => expect(asked()).toBeGreaterThan(before), PATIENT)
  await eventually(async () => {
    const { num_pending } = await consumers.info('COMMANDS', 'payment-service-commands')
    expect(num_pending).toBe(0)
  })
  const killed = await system.kill9('payment-service')
  await speak()
  await system.back('payment-service', killed)
  const { order, saga } = await system.ended(orderId)
  expect([order.status, saga.status]).toEqual(['CONFIRMED', 'COMPLETED'])
  await Promise.all([bus.close(), broker.close()])
  expect((await system.verify()).violations).toEqual([])
})

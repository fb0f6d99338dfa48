import { inventoryService } from '@skald/inventory-service'
import { orderService } from '@skald/order-service'
import { paymentService } from '@skald/payment-service'
import { sagaCoordinator } from '@skald/saga-coordinator'
import { createTestNats, eventually, type HostedService, startHosted } from '@skald/testing'
import { createFourDatabases } from './four-databases.ts'

/** Ways that an order can go, by the token that makes it go so. One end each way, and one that waits for a person. */
const TOKENS = {
  approved: 'sim_approved',
  declined: 'sim_declined',
  silent: 'sim_silent',
  lostReply: 'sim_lost_reply',
  needsPerson: 'sim_refund_fails_9',
} as const
export type Way = keyof typeof TOKENS | 'outOfStock'

export interface Made {
  readonly orderId: string
  readonly sagaId: string
}

export interface CleanSystem {
  /** One order each way, ended. */
  readonly made: Readonly<Record<Way, Made>>
  /** What `verify` must be told. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

const UNDO_ATTEMPTS = '2'
const SKU = 'tea'
const PRICE = { amount: 1_000, currency: 'EUR' }

/** Four databases filled by the services themselves, which have stopped: nobody else writes to them any more. */
export const makeCleanSystem = async (): Promise<CleanSystem> => {
  const [four, nats] = await Promise.all([createFourDatabases(), createTestNats()])
  const env = { ...four.env, SAGA_UNDO_ATTEMPTS: UNDO_ATTEMPTS }
  const running = {
    ...env,
    NATS_URL: nats.url(),
    ...four.ports,
    // Short, since two of the ways lead through silence.
    SAGA_STEP_TIMEOUT_MS: '400',
    SAGA_NUDGE_AFTER_MS: '200',
    SAGA_UNDO_BACKOFF_MS: '20',
  }
  const coordinator = await startHosted(sagaCoordinator, running)
  const shelves = await startHosted(inventoryService, running)
  const desk = await startHosted(orderService, running)
  const services = [coordinator, shelves, desk, await startHosted(paymentService, running)]
  const made = await placeAll(desk, shelves)
  await eventually(() => allEnded(coordinator), { timeoutMs: 30_000 })
  await pauseAndResume(coordinator, made.needsPerson)
  await Promise.all(services.map((service) => service.stop()))
  await nats.close()
  const databases = Object.values(four.databases)
  return {
    made,
    env,
    close: async () => void (await Promise.all(databases.map((database) => database.close()))),
  }
}

const placeAll = async (desk: HostedService, shelves: HostedService): Promise<CleanSystem['made']> => {
  const product = { name: SKU, price: PRICE, onHand: 100 }
  await shelves.http.inject({ method: 'PUT', url: `/products/${SKU}`, payload: product })
  await eventually(async () => ok(await desk.http.inject({ method: 'GET', url: `/catalogue/${SKU}` }), 200))
  const place = async (paymentMethod: string, quantity = 2): Promise<Made> => {
    const payload = { customerId: 'ada', items: [{ sku: SKU, quantity }], paymentMethod }
    return ok(await desk.http.inject({ method: 'POST', url: '/orders', payload }), 201) as unknown as Made
  }
  return {
    approved: await place(TOKENS.approved),
    declined: await place(TOKENS.declined),
    silent: await place(TOKENS.silent),
    lostReply: await place(TOKENS.lostReply),
    needsPerson: await place(TOKENS.needsPerson),
    outOfStock: await place(TOKENS.approved, 500),
  }
}

/** Twice, so that the audit has a middle. */
const pauseAndResume = async ({ http }: HostedService, { sagaId }: Made): Promise<void> => {
  const payload = { reason: 'to look at it' }
  for (const action of ['pause', 'resume', 'pause', 'resume']) {
    ok(await http.inject({ method: 'POST', url: `/sagas/${sagaId}/${action}`, payload }), 202)
  }
}

interface Answer {
  readonly statusCode: number
  readonly body: string
  json(): Record<string, unknown>
}

const ok = (answer: Answer, status: number): Record<string, unknown> => {
  if (answer.statusCode !== status) throw new Error(`expected ${status}, got ${answer.statusCode}: ${answer.body}`)
  return answer.json()
}

const allEnded = async ({ http }: HostedService): Promise<void> => {
  const { items } = ok(await http.inject({ method: 'GET', url: '/sagas' }), 200) as { items: { status: string }[] }
  const live = items.filter(({ status }) => status === 'RUNNING' || status === 'COMPENSATING')
  if (items.length < Object.keys(TOKENS).length + 1 || live.length > 0) throw new Error(JSON.stringify(items))
}

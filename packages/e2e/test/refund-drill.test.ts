import { type Accepted, call, inParallel, Load, quickKinds, type System, startSystem } from '@skald/e2e'
import { eventually } from '@skald/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { sizes } from './sizes.ts'

/*
 * The night in which the gateway refuses every refund while orders come in as ever: each saga that cannot give money
 * back waits for a person, by name; when the gateway is mended, all of them are retried at once.
 */

const LIMIT = { timeout: sizes.drillSeconds * 1_000 + 600_000 }
const SKU = 'e2e-drill'
const CENTS = 1_234
const AT_A_TIME = 16
const RETRIES_A_SECOND = 100
/** Deadline of the charge, three refusals and their waits, on a loaded machine. */
const NAMED_WITHIN_MS = 120_000

/** Charged, but no answer comes, so the charge is taken back, which is refused until the gateway is mended. */
const unrefunded = { name: 'unrefunded', paymentMethod: 'sim_refund_fails_1000000', endings: ['PENDING'] } as const
const approved = { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'] } as const
/** One in so many needs a refund; the long form keeps them below what one bulk action may hold. */
const kinds = [unrefunded, ...quickKinds, ...Array.from({ length: sizes.drillOthers }, () => approved)]

let system: System
let load: Load

beforeAll(async () => {
  const env = {
    SAGA_STEP_TIMEOUT_MS: '4000',
    SAGA_NUDGE_AFTER_MS: '1000',
    SAGA_UNDO_ATTEMPTS: '3',
    SAGA_UNDO_BACKOFF_MS: '100',
  }
  system = await startSystem({ env })
  await system.offer(SKU, 10_000_000, CENTS)
  load = new Load(system, SKU)
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 240_000)

const page = z.object({ items: z.array(z.object({ sagaId: z.string() })), nextCursor: z.string().optional() })
const bulk = z.object({
  bulkId: z.string(),
  status: z.string(),
  total: z.int(),
  done: z.int(),
  refused: z.int(),
  remaining: z.int(),
})
const preview = z.object({
  preview: z.object({
    total: z.int(),
    wouldDo: z.int(),
    messages: z.record(z.string(), z.int()),
    money: z.array(z.object({ amount: z.int(), currency: z.string(), direction: z.string() })),
  }),
})

const ask = async <T>(schema: z.ZodType<T>, path: string, body?: object): Promise<T> => {
  const url = `${system.urls.coordinator}${path}`
  const answer = await call(url, body === undefined ? {} : { method: 'POST', body })
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return schema.parse(answer.body)
}

const stuck = async (): Promise<readonly string[]> =>
  (await ask(page, '/sagas?stuck=true')).items.map(({ sagaId }) => sagaId)

const inDatabase = async <T>(name: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const url = new URL(system.access().postgresUrl)
  url.pathname = `/${name}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const waitsForRefund = async (sagaId: string): Promise<boolean> =>
  (await system.saga(sagaId)).waitingFor.some(
    ({ kind, effect, amount }) => kind === 'person' && effect === 'payment.refund' && amount?.amount === CENTS,
  )

const ofKind = (name: string): readonly Accepted[] => load.accepted.filter(({ kind }) => kind.name === name)

it(
  'while refunds are refused no saga is silently stuck: each that needs a person says which and how much',
  LIMIT,
  async () => {
    load.start(1_000 / sizes.drillRate, kinds)
    const endsAt = performance.now() + sizes.drillSeconds * 1_000
    await eventually(
      async () => {
        expect(await stuck()).toEqual([])
        expect(performance.now()).toBeGreaterThan(endsAt)
      },
      { timeoutMs: sizes.drillSeconds * 1_000 + 60_000 },
    )
    await load.stop()

    const owed = ofKind('unrefunded')
    expect(owed.length).toBeGreaterThan(0)
    await inParallel(owed.length, AT_A_TIME, (index) =>
      eventually(
        async () => {
          const { sagaId } = await system.order(owed[index]?.orderId ?? '')
          expect(await waitsForRefund(sagaId)).toBe(true)
        },
        { timeoutMs: NAMED_WITHIN_MS },
      ),
    )
    expect(await stuck()).toEqual([])
    console.log(`${load.accepted.length} orders in ${sizes.drillSeconds} s, ${owed.length} refunds wait for a person`)
  },
)

it('the retry of all of them is foreseen to the cent, and runs at its rate with progress', LIMIT, async () => {
  await inDatabase('payment_db', (client) =>
    client.query(`UPDATE gateway.charge SET token = 'sim_lost_reply' WHERE token = $1`, [unrefunded.paymentMethod]),
  )
  const owed = ofKind('unrefunded')
  const wanted = { action: 'retry', filter: { effect: 'payment.refund' }, reason: 'the gateway is mended' }

  const foreseen = await ask(preview, '/bulk-actions?dryRun=true', wanted)
  expect(foreseen.preview).toEqual({
    total: owed.length,
    wouldDo: owed.length,
    messages: { 'payment.refund.v1': owed.length },
    money: [{ amount: owed.length * CENTS, currency: 'EUR', direction: 'returned' }],
  })

  const { bulkId } = await ask(bulk, '/bulk-actions', { ...wanted, ratePerSecond: RETRIES_A_SECOND })
  const beganAt = performance.now()
  await ask(bulk, `/bulk-actions/${bulkId}/run`, { reason: 'the gateway is mended' })
  const seen: number[] = []
  await eventually(
    async () => {
      const { status, done } = await ask(bulk, `/bulk-actions/${bulkId}`)
      seen.push(done)
      expect(status).toBe('COMPLETED')
    },
    { timeoutMs: 60_000 + (owed.length / RETRIES_A_SECOND) * 2_000 },
  )
  const seconds = (performance.now() - beganAt) / 1_000
  expect(await ask(bulk, `/bulk-actions/${bulkId}`)).toMatchObject({
    total: owed.length,
    done: owed.length,
    refused: 0,
  })
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  console.log(`${owed.length} refunds retried in ${seconds.toFixed(1)} s, at most ${RETRIES_A_SECOND} a second`)
  // The first second's share is taken at once.
  expect(seconds).toBeGreaterThan(owed.length / RETRIES_A_SECOND - 1)

  await inParallel(owed.length, AT_A_TIME, async (index) => {
    const { order, saga } = await system.ended(owed[index]?.orderId ?? '')
    expect(`${order.status}/${saga.status}`).toBe('CANCELLED/COMPENSATED')
  })
})

it(
  'and every cent is back, no invariant is broken, and a row of the audit that somebody changed is found',
  LIMIT,
  async () => {
    const clean = await system.verify(120)
    expect(clean.violations).toEqual([])
    expect(clean.orders).toBe(load.accepted.length)
    expect(clean.waitingForPerson).toEqual([])

    await inDatabase('saga_db', async (client) => {
      await client.query('ALTER TABLE operator_audit DISABLE TRIGGER ALL')
      await client.query(`UPDATE operator_audit SET reason = 'nobody asked' WHERE seq = 2`)
      await client.query('ALTER TABLE operator_audit ENABLE TRIGGER ALL')
    })
    const { violations } = await system.verify(1)
    expect(violations).toMatchObject([{ invariant: 'what operators did is written down in one chain' }])
  },
)

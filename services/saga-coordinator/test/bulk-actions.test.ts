import { randomUUID } from 'node:crypto'
import { orderCreated } from '@skald/contracts'
import { eventually, type HostedService, startHosted, type TestDatabase, type Wire } from '@skald/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sagaCoordinator } from '../src/index.ts'
import { type Running, startRunning } from './running.ts'

let running: Running
let database: TestDatabase
let wire: Wire
let coordinator: HostedService
let others: HostedService[] = []
const price = { amount: 500, currency: 'EUR' }
const items = [{ sku: 'tea', quantity: 1, price }]
const problem = (name: string) => `urn:skald:problem:${name}`

beforeAll(async () => {
  running = await startRunning(['inventory-service-commands'])
  database = running.database
  wire = running.wire
  coordinator = running.coordinator
})
afterAll(async () => {
  await Promise.all(others.map((each) => each.stop()))
  await running.close()
})
/** Only what started since then is meant. */
let startedAfter: string
beforeEach(async () => {
  const [row] = await database.query('SELECT extract(epoch FROM now())::float8 * 1000 AS now')
  startedAfter = new Date(Number(row?.['now'])).toISOString()
})

type Body = Readonly<Record<string, unknown>>
const post = async (url: string, payload: object = { reason: 'why' }, headers: Record<string, string> = {}) => {
  const answer = await coordinator.http.inject({ method: 'POST', url, payload, headers })
  return { status: answer.statusCode, body: answer.json() as Body, location: answer.headers.location }
}
const get = async (url: string) => (await coordinator.http.inject({ method: 'GET', url })).json() as Body
const itemsOf = async (url: string) => (await get(url))['items'] as readonly Body[]

const startSagas = async (count: number): Promise<readonly string[]> => {
  const ids = Array.from({ length: count }, () => randomUUID())
  for (const correlationId of ids) {
    await wire.send(orderCreated({ orderId: randomUUID(), customerId: 'c', items, total: price }), { correlationId })
  }
  for (const id of ids)
    await eventually(async () => expect(await get(`/sagas/${id}`)).toMatchObject({ state: 'reservingStock' }))
  return ids.toSorted()
}
const prepare = async (action: string, more: object = {}) => {
  const { filter = {}, ...rest } = more as { readonly filter?: object }
  const body = { action, reason: 'fraud', actor: 'bob', filter: { startedAfter, ...filter }, ...rest }
  const answer = await post('/bulk-actions', body)
  return { ...answer, id: String(answer.body['bulkId']) }
}
const until = (id: string, what: object) =>
  eventually(async () => expect(await get(`/bulk-actions/${id}`)).toMatchObject(what), { timeoutMs: 30_000 })
const doneOf = async (id: string) => Number((await get(`/bulk-actions/${id}`))['done'])
const begun = (id: string) => eventually(async () => expect(await doneOf(id)).toBeGreaterThan(0))

describe('a bulk action', () => {
  test('is about the sagas that its filter chose when it was prepared, tells what it would do, and does it', async () => {
    const ids = await startSagas(4)
    const [paused = ''] = ids
    await post(`/sagas/${paused}/pause`)
    const { status, body, id, location } = await prepare('cancel')
    expect({ status, location }).toEqual({ status: 201, location: `/bulk-actions/${id}` })
    expect(body).toMatchObject({ status: 'READY', total: 4, done: 0, refused: 0, remaining: 4, ratePerSecond: 10 })
    expect(body['preview']).toEqual({
      total: 4,
      wouldDo: 3,
      refused: [{ why: 'The saga is paused: resume it first.', count: 1, sagaIds: [paused] }],
      messages: { 'inventory.release.v1': 3 },
      money: [],
    })
    const [late = ''] = await startSagas(1)
    expect(await get(`/sagas/${ids[1]}`)).toMatchObject({ status: 'RUNNING' })
    expect(await post(`/bulk-actions/${id}/run`)).toMatchObject({ status: 202, body: { status: 'RUNNING' } })
    await until(id, { status: 'COMPLETED', done: 3, refused: 1, remaining: 0, endedAt: expect.any(String) })
    for (const sagaId of ids.slice(1)) {
      expect(await get(`/sagas/${sagaId}`)).toMatchObject({
        status: 'COMPENSATING',
        history: [{}, { type: 'operator.cancel', note: 'bob: fraud' }],
      })
    }
    expect(await get(`/sagas/${late}`)).toMatchObject({ status: 'RUNNING' })
    expect(await itemsOf(`/bulk-actions/${id}/sagas`)).toEqual([
      { sagaId: paused, result: 'REFUSED', why: 'The saga is paused: resume it first.' },
      ...ids.slice(1).map((sagaId) => ({ sagaId, result: 'DONE' })),
    ])
    const audit = (await itemsOf('/audit?limit=100')).filter(({ bulkId }) => bulkId === id)
    expect(audit.map(({ action, sagaId }) => [action, sagaId]).reverse()).toEqual([
      ['bulk-run', undefined],
      ...ids.slice(1).map((sagaId) => ['cancel', sagaId]),
    ])
    await eventually(() => {
      const released = wire.heard.filter(({ message }) => message.type === 'inventory.release.v1')
      expect(released.map(({ message }) => message.correlationId).sort()).toEqual(ids.slice(1))
    })
  })

  test('keeps its rate, is paused, goes on where it was, and is stopped for good', async () => {
    await startSagas(20)
    const { id } = await prepare('pause', { ratePerSecond: 2 })
    await post(`/bulk-actions/${id}/run`)
    await begun(id)
    expect(await post(`/bulk-actions/${id}/pause`)).toMatchObject({ status: 202, body: { status: 'PAUSED' } })
    const done = await doneOf(id)
    expect(await database.query(`SELECT id FROM task WHERE id = 'bulk/${id}'`)).toEqual([])
    expect(await itemsOf('/sagas?status=PAUSED')).toHaveLength(done + 1)
    const again = await post(`/bulk-actions/${id}/run?dryRun=true`)
    expect(again).toMatchObject({
      status: 200,
      body: { dryRun: true, status: 'PAUSED', preview: { total: 20 - done } },
    })
    expect(await post(`/bulk-actions/${id}/run`, { reason: 'slower', ratePerSecond: 1 })).toMatchObject({ status: 202 })
    await eventually(async () => expect(await doneOf(id)).toBeGreaterThan(done))
    expect(await post(`/bulk-actions/${id}/stop`)).toMatchObject({ status: 202, body: { status: 'STOPPED' } })
    const stopped = await get(`/bulk-actions/${id}`)
    for (const verb of ['run', 'pause', 'stop']) {
      expect(await post(`/bulk-actions/${id}/${verb}`)).toMatchObject({
        status: 409,
        body: { type: problem('bulk-action-refused'), detail: expect.stringContaining('STOPPED') },
      })
    }
    const left = await itemsOf(`/bulk-actions/${id}/sagas?result=PENDING`)
    expect(left).toHaveLength(Number(stopped['remaining']))
    for (const { sagaId } of left) expect(await get(`/sagas/${String(sagaId)}`)).toMatchObject({ status: 'RUNNING' })
    const steps = await database.query(
      `SELECT count(*)::int AS sagas, extract(epoch FROM at - lag(at) OVER (ORDER BY at))::float8 AS gap
        FROM operator_audit WHERE bulk_id = '${id}' AND saga_id IS NOT NULL GROUP BY at ORDER BY at`,
    )
    for (const { sagas } of steps) expect(sagas).toBeLessThanOrEqual(2)
    // Also over a pause and a run within the same second.
    const gaps = steps.flatMap(({ gap }) => (gap === null ? [] : [Number(gap)]))
    expect(gaps.filter((gap) => gap < 1)).toEqual([])
  })

  test('is done once by two coordinators, one of which ends in the middle of it', async () => {
    const ids = await startSagas(30)
    const other = await startHosted(sagaCoordinator, running.env)
    others = [other]
    const { id } = await prepare('cancel', { ratePerSecond: 10 })
    await post(`/bulk-actions/${id}/run`)
    await begun(id)
    await coordinator.stop()
    coordinator = other
    others = []
    await until(id, { status: 'COMPLETED', done: 30, refused: 0 })
    const [audited] = await database.query(
      `SELECT count(*)::int AS rows, count(DISTINCT saga_id)::int AS sagas FROM operator_audit WHERE bulk_id = '${id}' AND saga_id IS NOT NULL`,
    )
    expect(audited).toEqual({ rows: ids.length, sagas: ids.length })
  })

  test('of nothing, of everything, or that is not known is refused, and a dry run writes nothing', async () => {
    const counted = () => database.query('SELECT (SELECT count(*) FROM bulk_action), (SELECT count(*) FROM bulk_saga)')
    const before = await counted()
    await startSagas(1)
    const dry = await post('/bulk-actions?dryRun=true', { action: 'cancel', reason: 'why', filter: { startedAfter } })
    expect(dry).toMatchObject({ status: 200, body: { dryRun: true, preview: { total: 1, wouldDo: 1 } } })
    expect(await counted()).toEqual(before)
    for (const filter of [{}, { color: 'red' }, { status: 'COMPLETED' }, { startedBefore: 'yesterday' }]) {
      const answer = await post('/bulk-actions', { action: 'cancel', reason: 'why', filter })
      expect(answer).toMatchObject({ status: 400, body: { type: problem('invalid-request') } })
    }
    expect(await post(`/bulk-actions/${randomUUID()}/run`)).toMatchObject({
      status: 404,
      body: { type: problem('bulk-action-not-found') },
    })
    const { id } = await prepare('cancel', { filter: { effect: 'payment.refund' } })
    const empty = await post(`/bulk-actions/${id}/run`)
    expect(empty).toMatchObject({ status: 409, body: { detail: expect.stringContaining('nothing to run') } })
  })

  test('goes on when the lease of a process that died with it has run out', async () => {
    const ids = await startSagas(4)
    const { id } = await prepare('cancel', { ratePerSecond: 2 })
    await post(`/bulk-actions/${id}/run`)
    await begun(id)
    // As if another one had taken it, and was killed.
    const [taken] = await database.query(
      `UPDATE task SET due_at = now() + interval '3 seconds', token = 'of one that died' WHERE id = 'bulk/${id}' RETURNING id`,
    )
    expect(taken).toMatchObject({ id: `bulk/${id}` })
    await until(id, { status: 'COMPLETED', done: ids.length })
    expect((await itemsOf('/audit?limit=100')).filter(({ bulkId, sagaId }) => bulkId === id && sagaId)).toHaveLength(4)
  })

  test('has ten thousand sagas at most, five hundred of them in a second', { timeout: 90_000 }, async () => {
    const [sagaId] = await startSagas(1)
    const columns =
      'definition, version, hash, state, business_key, held, asked, timers, revision, wake_at, updated_at, ended_at'
    await database.query(`INSERT INTO saga (saga_id, status, started_at, ${columns})
      SELECT 'many ' || n, 'NEEDS_ATTENTION', now(), ${columns} FROM saga, generate_series(1, 10001) n WHERE saga_id = '${sagaId}'`)
    await database.query(
      `INSERT INTO saga_detour SELECT saga_id, status, started_at FROM saga WHERE saga_id LIKE 'many %'`,
    )
    const filter = { status: 'NEEDS_ATTENTION' }
    expect(await prepare('cancel', { filter })).toMatchObject({
      status: 422,
      body: { type: problem('too-many-sagas') },
    })
    await database.query(`DELETE FROM saga WHERE saga_id = 'many 1'`)
    expect(await prepare('cancel', { filter, ratePerSecond: 501 })).toMatchObject({ status: 400 })
    const { body, id } = await prepare('cancel', { filter, ratePerSecond: 500 })
    expect(body).toMatchObject({
      total: 10_000,
      preview: { wouldDo: 10_000, messages: { 'inventory.release.v1': 10_000 } },
    })
    await post(`/bulk-actions/${id}/run`)
    await begun(id)
    await post(`/bulk-actions/${id}/stop`)
    expect((await doneOf(id)) % 500).toBe(0)
  })
})

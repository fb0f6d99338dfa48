import { randomUUID } from 'node:crypto'
import { orderCreated } from '@skald/contracts'
import { eventually, startHosted } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sagaArchive, sagaCoordinator } from '../src/index.ts'
import { type Running, startRunning } from './running.ts'

let running: Running
let database: Running['database']
let wire: Running['wire']
let coordinator: Running['coordinator']
const TOKEN = 'a-token-of-the-operator'

beforeAll(async () => {
  running = await startRunning(['inventory-service-commands'], { OPERATOR_TOKEN: TOKEN })
  coordinator = running.coordinator
  database = running.database
  wire = running.wire
})
afterAll(() => running.close())

interface Asked {
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}
const act = async (sagaId: string, action: string, { body = { reason: 'why' }, headers = {} }: Asked = {}) => {
  const authorization = `Bearer ${TOKEN}`
  const request = { method: 'POST', url: `/sagas/${sagaId}/${action}`, payload: body } as const
  const answer = await coordinator.http.inject({ ...request, headers: { authorization, ...headers } })
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> }
}
const get = async (url: string) =>
  (await coordinator.http.inject({ method: 'GET', url })).json() as Record<string, unknown> & {
    readonly items: readonly Record<string, unknown>[]
  }
const problem = (name: string) => `urn:skald:problem:${name}`

const startSaga = async (): Promise<string> => {
  const sagaId = randomUUID()
  const price = { amount: 500, currency: 'EUR' }
  const items = [{ sku: 'tea', quantity: 1, price }]
  await wire.send(orderCreated({ orderId: randomUUID(), customerId: 'c', items, total: price }), {
    correlationId: sagaId,
  })
  await eventually(async () => expect(await get(`/sagas/${sagaId}`)).toMatchObject({ state: 'reservingStock' }))
  return sagaId
}
const heard = (sagaId: string, type: string) =>
  eventually(() => {
    const found = wire.heard.find(({ message }) => message.correlationId === sagaId && message.type === type)
    if (!found) throw new Error(`${type} was not asked`)
    return found.message
  })

describe('an operator action', () => {
  test('is taken with 202 and how the saga stands, and what it makes the saga say goes out', async () => {
    const sagaId = await startSaga()
    const answer = await act(sagaId, 'cancel', { body: { reason: 'fraud', actor: 'bob' } })
    const body = { sagaId, action: 'cancel', status: 'COMPENSATING', state: { releasingStock: 'asking' } }
    expect(answer).toEqual({ status: 202, body })
    const release = await heard(sagaId, 'inventory.release.v1')
    const saga = await get(`/sagas/${sagaId}`)
    expect(saga['history']).toMatchObject([{}, { type: 'operator.cancel', note: 'bob: fraud' }])
    expect(saga['history']).toMatchObject([{}, { sent: [{ messageId: release.id }] }])
  })

  test('that the state does not take is 409 and says why, and the history knows nothing of it', async () => {
    const sagaId = await startSaga()
    const { status, body } = await act(sagaId, 'skip')
    expect({ status, type: body['type'] }).toEqual({ status: 409, type: problem('saga-action-refused') })
    expect(body['detail']).toContain('waits for no person')
    expect((await get(`/sagas/${sagaId}`))['history']).toHaveLength(1)
  })

  test('on a saga that nobody knows is 404, and without a token 401', async () => {
    expect(await act('nobody', 'retry')).toMatchObject({ status: 404, body: { type: problem('saga-not-found') } })
    const sagaId = await startSaga()
    const without = await act(sagaId, 'cancel', { headers: { authorization: '' } })
    expect(without).toMatchObject({ status: 401, body: { type: problem('unauthorized') } })
    expect((await get(`/sagas/${sagaId}`))['status']).toBe('RUNNING')
  })

  test.each([
    ['no reason', {}],
    ['an empty reason', { reason: '' }],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }],
    ['an empty actor', { reason: 'why', actor: '' }],
    ['an unknown field', { reason: 'why', force: true }],
  ])('with %s is 400', async (_what, body) => {
    const answer = await act('s1', 'cancel', { body })
    expect(answer).toMatchObject({ status: 400, body: { type: problem('invalid-request') } })
  })

  test('is done once under one Idempotency-Key, however often and at once it is sent; another body is 422', async () => {
    const sagaId = await startSaga()
    const headers = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(Array.from({ length: 10 }, () => act(sagaId, 'pause', { headers })))
    for (const answer of answers) expect(answer).toEqual({ status: 202, body: answers[0]?.body })
    expect((await get(`/sagas/${sagaId}`))['history']).toHaveLength(2)
    const other = await act(sagaId, 'resume', { headers })
    expect(other).toMatchObject({ status: 422, body: { type: problem('idempotency-key-reused') } })
    expect(await get(`/sagas/${sagaId}`)).toMatchObject({
      status: 'PAUSED',
      waitingFor: [{ kind: 'person', effect: 'resume' }],
    })
    expect(await act(sagaId, 'resume')).toMatchObject({ status: 202, body: { status: 'RUNNING' } })
  })

  test('on a saga in the archive is refused, and leaves it there', async () => {
    const sagaId = await startSaga()
    await database.query(`UPDATE saga SET ended_at = started_at, status = 'COMPENSATED' WHERE saga_id = '${sagaId}'`)
    const pool = { query: async (text: string, values: unknown[]) => ({ rows: await database.query(text, values) }) }
    await sagaArchive(pool as never, () => undefined).archive(undefined, 1_000, 0)
    const { status, body } = await act(sagaId, 'cancel')
    expect({ status, detail: body['detail'] }).toEqual({ status: 409, detail: expect.stringContaining('has ended') })
    expect(await database.query(`SELECT 1 FROM saga_archive WHERE saga_id = '${sagaId}'`)).toHaveLength(1)
  })
})

describe('the audit', () => {
  test('lists what was done, newest first, page by page', async () => {
    const sagaId = await startSaga()
    await act(sagaId, 'pause', { body: { reason: 'first', actor: 'ada' } })
    await act(sagaId, 'resume', { body: { reason: 'second' } })
    const first = await get('/audit?limit=1')
    expect(first.items).toMatchObject([{ sagaId, action: 'resume', reason: 'second', actor: 'operator' }])
    const second = await get(`/audit?limit=1&cursor=${String(first['nextCursor'])}`)
    expect(second.items).toMatchObject([{ sagaId, action: 'pause', after: { status: 'PAUSED' } }])
    expect(Number(first.items[0]?.['seq'])).toBe(Number(second.items[0]?.['seq']) + 1)
  })

  test.each(['UPDATE operator_audit SET reason = reason', 'DELETE FROM operator_audit', 'TRUNCATE operator_audit'])(
    'takes no %s',
    async (sql) => {
      await expect(database.query(sql)).rejects.toThrow(/append-only|permission denied/)
    },
  )

  test('is added to, and not changed, by a service that owns its tables and is no administrator', async () => {
    // Raises at the end, so that nothing of it stays.
    const asOwner = `DO $$ BEGIN
      CREATE ROLE audit_owner;
      ALTER TABLE operator_audit OWNER TO audit_owner;
      ALTER TABLE operator_audit DISABLE TRIGGER ALL;
      SET LOCAL ROLE audit_owner;
      INSERT INTO operator_audit VALUES ('x', 1000, now(), 'a', 'a', 's', 'r', '{}', '{}', NULL, 'h')
        ON CONFLICT (id) DO NOTHING;
      BEGIN
        UPDATE operator_audit SET reason = 'other';
      EXCEPTION WHEN insufficient_privilege THEN RAISE EXCEPTION 'added, then: %', SQLERRM;
      END;
    END $$`
    await expect(database.query(asOwner)).rejects.toThrow('added, then: permission denied for table operator_audit')
  })

  test('is written to by several coordinators at once, in one chain', async () => {
    const other = await startHosted(sagaCoordinator, running.env)
    const sagas = await Promise.all(Array.from({ length: 8 }, startSaga))
    const headers = { authorization: `Bearer ${TOKEN}` }
    const payload = { reason: 'why' }
    const answers = await Promise.all(
      sagas.map((sagaId, index) =>
        (index % 2 ? other : coordinator).http.inject({
          method: 'POST',
          url: `/sagas/${sagaId}/pause`,
          headers,
          payload,
        }),
      ),
    )
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(sagas.map(() => 202))
    await other.stop()
    const [counted] = await database.query(`SELECT count(*)::int AS rows, max(seq) AS last FROM operator_audit`)
    expect(counted).toMatchObject({ rows: Number(counted?.['last']) })
  })
})

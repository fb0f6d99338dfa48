import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copySaga } from './copies.ts'
import { type Running, startRunning, startSaga } from './running.ts'

const TOKEN = 'a-token-of-the-operator'
const STEP_MS = 600_000
const HOUR_MS = 3_600_000
/** The long form is what is promised. */
const COUNT = process.env['E2E_LONG'] === '1' ? 10_000 : 500
const MOST = 10_000
const LIMIT = { timeout: 100_000 }

let running: Running
beforeAll(async () => {
  running = await startRunning(['inventory-service-commands'], {
    OPERATOR_TOKEN: TOKEN,
    SAGA_STEP_TIMEOUT_MS: `${STEP_MS}`,
    SAGA_NUDGE_AFTER_MS: '60000',
  })
})
afterAll(() => running.close())

interface Asked {
  readonly key?: string
  readonly token?: string
}
type Body = Readonly<Record<string, unknown>>

const post = async (path: string, payload: object, { key, token = TOKEN }: Asked = {}) => {
  const headers = { authorization: `Bearer ${token}`, ...(key !== undefined && { 'idempotency-key': key }) }
  const answer = await running.coordinator.http.inject({ method: 'POST', url: path, headers, payload })
  return { status: answer.statusCode, body: answer.json() as Body }
}
const get = async (path: string) =>
  (await running.coordinator.http.inject({ method: 'GET', url: path })).json() as Body & { readonly items: Body[] }
const why = { reason: 'the provider was down', actor: 'ada' }

const start = (): Promise<string> => startSaga(running)
const dueAtOf = async (sagaId: string) =>
  Date.parse(String((await get(`/timers?sagaId=${sagaId}`)).items[0]?.['dueAt']))
const iso = (ms: number) => new Date(ms).toISOString()

describe('timers by HTTP', () => {
  test('are listed by their due times, with what they lead to, page by page', async () => {
    const ids = [await start(), await start(), await start()]
    const { items } = await get('/timers?definition=order&name=stockDeadline')
    expect(items.map(({ sagaId }) => sagaId)).toEqual(ids)
    expect(items[0]).toEqual({
      sagaId: ids[0],
      definition: 'order',
      version: 1,
      status: 'RUNNING',
      state: 'reservingStock',
      name: 'stockDeadline',
      arm: 1,
      dueAt: iso(Date.parse(String((await get(`/sagas/${ids[0]}`))['startedAt'])) + STEP_MS),
      overdue: false,
      kind: 'deadline',
      leadsTo: ['releasingStock'],
    })
    const first = await get('/timers?limit=2')
    const rest = await get(`/timers?limit=2&cursor=${String(first['nextCursor'])}`)
    expect([...first.items, ...rest.items]).toEqual(items)
    const dueBefore = String(items[1]?.['dueAt'])
    expect((await get(`/timers?dueBefore=${dueBefore}`)).items).toEqual([items[0]])
    expect((await get('/timers?overdue=true')).items).toEqual([])
    expect((await get('/timers?name=paymentDeadline')).items).toEqual([])
  })

  test('one is moved, once under its key, and says so in its saga and in the audit', async () => {
    const sagaId = await start()
    const wasMs = await dueAtOf(sagaId)
    const path = `/timers/${sagaId}/stockDeadline/1/move`
    const dry = await post(`${path}?dryRun=true`, { ...why, byMs: HOUR_MS })
    const told = { sagaId, wasDueAt: iso(wasMs), dueAt: iso(wasMs + HOUR_MS), state: 'reservingStock' }
    expect(dry).toMatchObject({ status: 200, body: { ...told, dryRun: true } })
    expect(await dueAtOf(sagaId)).toBe(wasMs)

    const key = randomUUID()
    const [one, again] = await Promise.all([1, 2].map(() => post(path, { ...why, byMs: HOUR_MS }, { key })))
    expect(one).toMatchObject({ status: 202, body: { ...told, waitingFor: [{ deadlineAt: iso(wasMs + HOUR_MS) }] } })
    expect(again).toEqual(one)
    expect(await post(path, { ...why, byMs: 1 }, { key })).toMatchObject({ status: 422 })
    const actionId = one?.body['actionId']
    expect((await get(`/timers?sagaId=${sagaId}`)).items).toMatchObject([
      { dueAt: iso(wasMs + HOUR_MS), movedBy: actionId },
    ])
    const note = `ada: the provider was down (stockDeadline is due ${iso(wasMs + HOUR_MS)} instead of ${iso(wasMs)})`
    expect(await get(`/sagas/${sagaId}`)).toMatchObject({
      timers: [{ dueAt: iso(wasMs + HOUR_MS), movedBy: actionId }],
      history: [{}, { type: 'operator.move-timer', messageId: actionId, note, from: 'reservingStock', sent: [] }],
    })
    const standing = (ms: number) => ({ timers: 1, sagas: 1, earliest: iso(ms), latest: iso(ms) })
    expect((await get('/audit?limit=1')).items).toMatchObject([
      {
        action: 'move-timer',
        sagaId,
        messageId: actionId,
        actor: 'ada',
        before: standing(wasMs),
        after: standing(wasMs + HOUR_MS),
        idempotencyKey: key,
      },
    ])
    expect(await get(`/sagas/${sagaId}/at/1`)).toMatchObject({ timers: [{ dueAt: iso(wasMs) }] })
    expect(await get(`/sagas/${sagaId}/at/2`)).toMatchObject({ timers: [{ dueAt: iso(wasMs + HOUR_MS) }] })

    const dueAt = iso(wasMs + 5_000)
    expect(await post(path, { ...why, dueAt })).toMatchObject({ status: 202, body: { dueAt } })
    expect(await dueAtOf(sagaId)).toBe(wasMs + 5_000)
  })

  test('a great many are shifted in one action, with one line in the audit', LIMIT, async () => {
    const sagaId = await start()
    const wasMs = await dueAtOf(sagaId)
    const filter = { dueBefore: iso(wasMs + 60_000), definition: 'order' }
    const { items } = await get(`/timers?limit=100&dueBefore=${filter.dueBefore}`)
    await copySaga(running.database, sagaId, COUNT - items.length)
    const dry = await post('/timers/shift?dryRun=true', { ...why, filter, byMs: HOUR_MS })
    expect(dry).toMatchObject({
      status: 200,
      body: { dryRun: true, timers: COUNT, sagas: COUNT, dueNow: 0, states: { reservingStock: COUNT }, refused: [] },
    })
    expect(await dueAtOf(sagaId)).toBe(wasMs)
    const lines = async () => Number((await get('/audit?limit=1')).items[0]?.['seq'])
    const before = await lines()
    const beganMs = performance.now()
    const { status, body } = await post('/timers/shift', { ...why, filter, byMs: HOUR_MS })
    const tookMs = performance.now() - beganMs
    console.log(`${COUNT} timers were shifted in ${Math.round(tookMs)} ms`)
    const { dryRun: _, ...foreseen } = dry.body
    expect({ status, body }).toEqual({ status: 202, body: { ...foreseen, actionId: expect.any(String) as string } })
    expect(tookMs).toBeLessThan(5_000)
    expect(await lines()).toBe(before + 1)
    const { actionId } = body
    const moved = await running.database.query(
      `SELECT count(*)::int AS count FROM saga JOIN history USING (saga_id)
       WHERE timers LIKE '%"movedBy":"${String(actionId)}"%' AND input LIKE '%"actionId":"${String(actionId)}"%' AND seq = revision`,
    )
    expect(moved).toEqual([{ count: COUNT }])
    expect(await dueAtOf(`${sagaId}-1`)).toBe(wasMs + HOUR_MS)
  })

  test('stand still in a saga that is paused, and are left out', async () => {
    const [paused, other] = [await start(), await start()]
    await post(`/sagas/${paused}/pause`, why)
    const filter = { dueBefore: iso((await dueAtOf(other)) + 1), name: 'stockDeadline' }
    expect((await get(`/timers?sagaId=${paused}`)).items).toMatchObject([
      { status: 'PAUSED', overdue: false, stoppedAt: expect.any(String) as string },
    ])
    expect(await post('/timers/shift', { ...why, filter, byMs: HOUR_MS })).toMatchObject({
      status: 202,
      body: { timers: 1, refused: [{ count: 1, sagaIds: [paused] }] },
    })
    expect(await post(`/timers/${paused}/stockDeadline/1/move`, { ...why, byMs: 1 })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('its timers stand still') as string },
    })
  })

  test.each([
    ['GET', '/timers?due=1', undefined, 400, 'due'],
    ['GET', '/timers?overdue=false', undefined, 400, 'must be true, or left out'],
    ['GET', '/timers?dueBefore=tomorrow', undefined, 400, 'dueBefore'],
    ['GET', '/timers?cursor=abc', undefined, 400, 'cursor'],
    ['POST', '/timers/shift', { ...why, byMs: 1, filter: {} }, 400, 'name at least one field'],
    ['POST', '/timers/shift', { ...why, byMs: 0, filter: { name: 'a' } }, 400, 'moves nothing'],
    ['POST', '/timers/shift', { ...why, byMs: 1, filter: { saga: 'a' } }, 400, 'saga'],
    ['POST', '/timers/shift', { ...why, byMs: 1, filter: { name: 'tea' } }, 409, 'No timer that runs fits'],
    ['POST', '/timers/s/stockDeadline/1/move', { ...why }, 400, 'give either dueAt or byMs'],
    ['POST', '/timers/s/stockDeadline/0/move', { ...why, byMs: 1 }, 400, 'arm'],
    ['POST', '/timers/nobody/stockDeadline/1/move', { ...why, byMs: 1 }, 404, 'No saga nobody has started'],
    ['POST', '/timers/nobody/stockDeadline/1/cancel', { actor: 'ada' }, 400, 'reason'],
  ] as const)('refuses %s %s %j', async (method, url, payload, status, text) => {
    const headers = { authorization: `Bearer ${TOKEN}` }
    const answer = await running.coordinator.http.inject({ method, url, headers, ...(payload && { payload }) })
    expect(answer.statusCode).toBe(status)
    expect(answer.body).toContain(text)
  })

  test(
    'of more than ten thousand sagas are not shifted in one action, nor any of them by more than a year',
    LIMIT,
    async () => {
      const sagaId = await start()
      await copySaga(running.database, sagaId, MOST + 1)
      const dueBefore = iso((await dueAtOf(sagaId)) + 1)
      const year = { ...why, filter: { sagaId }, byMs: 366 * 24 * HOUR_MS }
      expect(await post('/timers/shift', { ...year, byMs: year.byMs + 1 })).toMatchObject({ status: 400 })
      expect(await post('/timers/shift', year)).toMatchObject({ status: 202, body: { timers: 1 } })
      const shift = { ...why, filter: { dueBefore }, byMs: HOUR_MS }
      expect(await post('/timers/shift', shift)).toMatchObject({
        status: 422,
        body: { detail: `Timers of more than ${MOST} sagas fit: narrow the filter.` },
      })
    },
  )

  test('take an operator', async () => {
    const shift = { ...why, byMs: 1, filter: { definition: 'order' } }
    expect((await post('/timers/shift', shift, { token: 'another' })).status).toBe(401)
  })
})

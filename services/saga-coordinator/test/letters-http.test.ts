import { randomUUID } from 'node:crypto'
import { inventoryReserved, orderCreated, paymentConfirmed } from '@skald/contracts'
import { eventually, type TestDatabase, type Wire } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, startRunning } from './running.ts'

const TOKEN = 'a-token-of-the-operator'

let running: Running
let database: TestDatabase
let wire: Wire
let coordinator: Running['coordinator']
const price = { amount: 500, currency: 'EUR' }
const items = [{ sku: 'tea', quantity: 1, price }]

beforeAll(async () => {
  const durables = ['inventory-service-commands', 'payment-service-commands']
  running = await startRunning(durables, { OPERATOR_TOKEN: TOKEN })
  database = running.database
  wire = running.wire
  coordinator = running.coordinator
})
afterAll(() => running.close())

type Body = Readonly<Record<string, unknown>>
const post = async (url: string, payload: object = { reason: 'why' }, headers: Record<string, string> = {}) => {
  const authorization = `Bearer ${TOKEN}`
  const answer = await coordinator.http.inject({ method: 'POST', url, payload, headers: { authorization, ...headers } })
  return { status: answer.statusCode, body: answer.json() as Body }
}
const get = async (url: string) => (await coordinator.http.inject({ method: 'GET', url })).json() as Body
const problem = (name: string) => `urn:skald:problem:${name}`
const letter = (id: string) => get(`/dead-letters/${id}`)
const until = (id: string, what: object) => eventually(async () => expect(await letter(id)).toMatchObject(what))
const audit = async () => (await get('/audit'))['items'] as readonly Body[]
const startSaga = (orderId: string, sagaId: string) =>
  wire.send(orderCreated({ orderId, customerId: 'c', items, total: price }), { correlationId: sagaId })

const letterOf = (messageId: string) =>
  eventually(async () => {
    const items = (await get('/dead-letters?limit=100'))['items'] as readonly Body[]
    const found = items.find((item) => item['messageId'] === messageId)
    if (typeof found?.['id'] !== 'string') throw new Error('it is in no list')
    return found['id']
  })

/** A reply to a saga that has not started: a dead letter of the coordinator. */
const refusedReply = async () => {
  const [orderId, sagaId] = [randomUUID(), randomUUID()]
  const messageId = await wire.send(inventoryReserved({ orderId }), { correlationId: sagaId })
  return { orderId, sagaId, messageId, id: await letterOf(messageId) }
}

describe('a redrive', () => {
  test('brings the message to the service that refused it, which takes it once what was missing is there', async () => {
    const { orderId, sagaId, messageId, id } = await refusedReply()
    expect(await letter(id)).toMatchObject({ status: 'OPEN', refusals: 1, reason: 'unknown-saga', sending: false })
    await startSaga(orderId, sagaId)
    const answer = await post(`/dead-letters/${id}/redrive`, { reason: 'its saga is there', actor: 'bob' })
    expect(answer).toEqual({
      status: 202,
      body: { id, action: 'redrive', status: 'OPEN', refusals: 1, sending: true },
    })
    await until(id, { status: 'REDRIVEN', sending: false, refusals: 1 })
    await eventually(async () => expect(await get(`/sagas/${sagaId}`)).toMatchObject({ state: 'takingPayment' }))
    expect((await get(`/sagas/${sagaId}`))['history']).toMatchObject([{}, { messageId, type: 'inventory.reserved.v1' }])
    const [entry] = await audit()
    expect(entry).toMatchObject({ action: 'redrive', deadLetterId: id, actor: 'bob', reason: 'its saga is there' })
    expect(entry).toMatchObject({ before: { status: 'OPEN' }, after: { status: 'OPEN' } })
    expect(entry).not.toHaveProperty('sagaId')
  })

  test('that is refused once more is open again, says why, and counts; as often as it is tried', async () => {
    const { id } = await refusedReply()
    for (const refusals of [2, 3]) {
      expect(await post(`/dead-letters/${id}/redrive`)).toMatchObject({ status: 202 })
      await until(id, { status: 'OPEN', sending: false, refusals })
    }
    expect(await letter(id)).toMatchObject({ reason: 'unknown-saga' })
    expect(await database.query('SELECT id FROM dead_letter WHERE id = $1', [id])).toHaveLength(1)
  })

  test('of a message that cannot be read is known for the same letter', async () => {
    const id = randomUUID()
    const subject = 'payment.confirmed.v1'
    await database.query(
      `INSERT INTO dead_letter VALUES ('${id}', 'd', '${subject}', NULL, NULL, 'not-json', 'd', 'eA==', now(), 'OPEN')`,
    )
    await database.query(
      `INSERT INTO task VALUES ('report-dead-letter/${id}', 'report-dead-letter', now(), '', 0, '"${id}"')`,
    )
    await until(id, { status: 'OPEN' })
    await post(`/dead-letters/${id}/redrive`)
    await until(id, { status: 'OPEN', refusals: 2, reason: 'not-json' })
    expect(await database.query('SELECT redrives FROM dead_letter WHERE id = $1', [id])).toHaveLength(1)
  })
})

describe('a discard', () => {
  test('closes it for good', async () => {
    const { id } = await refusedReply()
    expect(await post(`/dead-letters/${id}/discard`)).toEqual({
      status: 202,
      body: { id, action: 'discard', status: 'DISCARDED', refusals: 1, sending: false },
    })
    expect(await letter(id)).toMatchObject({ status: 'DISCARDED' })
    for (const action of ['redrive', 'discard']) {
      expect(await post(`/dead-letters/${id}/${action}`)).toMatchObject({
        status: 409,
        body: { type: problem('dead-letter-settled') },
      })
    }
  })
})

describe('an action on a dead letter', () => {
  test('is done once under one Idempotency-Key, however often and at once it is sent; another body is 422', async () => {
    const { id } = await refusedReply()
    const headers = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(`/dead-letters/${id}/discard`, { reason: 'why' }, headers)),
    )
    for (const answer of answers) expect(answer).toEqual({ status: 202, body: answers[0]?.body })
    expect((await audit()).filter(({ deadLetterId }) => deadLetterId === id)).toHaveLength(1)
    const other = await post(`/dead-letters/${id}/discard`, { reason: 'other' }, headers)
    expect(other).toMatchObject({ status: 422, body: { type: problem('idempotency-key-reused') } })
  })

  test.each(['redrive', 'discard', 'redrive?dryRun=true'])(
    '%s needs the token, a letter and a reason',
    async (action) => {
      const { id } = await refusedReply()
      const url = `/dead-letters/${id}/${action}`
      expect(await post(url, { reason: 'why' }, { authorization: '' })).toMatchObject({ status: 401 })
      expect(await post(url, {})).toMatchObject({ status: 400, body: { type: problem('invalid-request') } })
      const unknown = await post(`/dead-letters/${randomUUID()}/${action}`)
      expect(unknown).toMatchObject({ status: 404, body: { type: problem('dead-letter-not-found') } })
      expect(await letter(id)).toMatchObject({ status: 'OPEN', sending: false })
    },
  )

  test('that makes no sense is 409, and says why', async () => {
    const { id } = await refusedReply()
    await database.query(`UPDATE reported_dead_letter SET subject = 'gone.v1' WHERE id = '${id}'`)
    for (const url of [`/dead-letters/${id}/redrive`, `/dead-letters/${id}/redrive?dryRun=true`]) {
      const { status, body } = await post(url)
      expect({ status, type: body['type'] }).toEqual({ status: 409, type: problem('dead-letter-action-refused') })
      expect(body['detail']).toContain('No stream takes gone.v1')
    }
  })
})

describe('a dry run', () => {
  test('of a cancel tells the next state, what would be sent and the money that would move, and writes nothing', async () => {
    const [orderId, sagaId] = [randomUUID(), randomUUID()]
    await startSaga(orderId, sagaId)
    const reserve = await eventually(() => {
      const found = wire.heard.find(({ message }) => message.correlationId === sagaId)
      if (!found) throw new Error('nothing was asked')
      return found.message
    })
    await wire.send(inventoryReserved({ orderId }), { correlationId: sagaId, causationId: reserve.id })
    await eventually(async () => expect(await get(`/sagas/${sagaId}`)).toMatchObject({ state: 'takingPayment' }))
    const before = await database.query(
      'SELECT (SELECT count(*) FROM operator_audit), (SELECT count(*) FROM operator_request)',
    )
    const answer = await post(`/sagas/${sagaId}/cancel?dryRun=true`, { reason: 'fraud' }, { 'idempotency-key': 'dry' })
    expect(answer).toEqual({
      status: 200,
      body: {
        sagaId,
        action: 'cancel',
        dryRun: true,
        status: 'COMPENSATING',
        state: { refunding: 'asking' },
        messages: [
          {
            type: 'payment.refund.v1',
            natsSubject: 'command.payment.refund.v1',
            subject: orderId,
            data: { orderId, amount: price },
          },
        ],
        money: [{ type: 'payment.refund.v1', ...price, direction: 'returned' }],
        settledByHand: [],
      },
    })
    expect(await get(`/sagas/${sagaId}`)).toMatchObject({ status: 'RUNNING', state: 'takingPayment' })
    const after = await database.query(
      'SELECT (SELECT count(*) FROM operator_audit), (SELECT count(*) FROM operator_request)',
    )
    expect(after).toEqual(before)
    expect(wire.heard.filter(({ message }) => message.type === 'payment.refund.v1')).toEqual([])
    const done = await post(`/sagas/${sagaId}/cancel`, { reason: 'fraud' })
    expect(done).toMatchObject({ status: 202, body: { state: { refunding: 'asking' } } })
    expect(await post(`/sagas/${sagaId}/cancel?dryRun=true`)).toMatchObject({
      status: 409,
      body: { type: problem('saga-action-refused') },
    })
  })

  test('of a redrive tells what would be sent to whom, and leaves the letter as it is', async () => {
    const [orderId, correlationId] = [randomUUID(), randomUUID()]
    const messageId = await wire.send(paymentConfirmed({ orderId, amount: price }), { correlationId })
    const id = await letterOf(messageId)
    expect(await post(`/dead-letters/${id}/redrive?dryRun=true`)).toMatchObject({
      status: 200,
      body: {
        dryRun: true,
        status: 'REDRIVEN',
        messages: [{ type: 'payment.confirmed.v1', subject: orderId, service: 'saga-coordinator' }],
        money: [],
      },
    })
    expect(await post(`/dead-letters/${id}/discard?dryRun=true`)).toMatchObject({ status: 200, body: { messages: [] } })
    expect(await letter(id)).toMatchObject({ status: 'OPEN', sending: false })
    expect(await post(`/dead-letters/${id}/redrive?dryRun=yes`)).toMatchObject({ status: 400 })
  })
})

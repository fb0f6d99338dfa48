import { inventoryFailed, orderCancelled, orderCancelRequested, orderCreated } from '@skald/contracts'
import { eventually, type TestDatabase, type Wire } from '@skald/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, startRunning } from './running.ts'

const LONG = { timeoutMs: 25_000 }
const price = { amount: 100, currency: 'EUR' }
const items = [{ sku: 'A', quantity: 1, price }]
const missing = [{ sku: 'A', requested: 1, available: 0 }]
const startOf = (name: string, sagaId = `saga-${name}`) =>
  orderCreated({ orderId: `order-${name}`, sagaId, customerId: 'c1', items, total: price })

let running: Running
let database: TestDatabase
let service: Running['coordinator']
let wire: Wire

beforeAll(async () => {
  const durables = ['inventory-service-commands', 'order-service-commands']
  running = await startRunning(durables, { SAGA_ARCHIVE_AFTER_SECONDS: '1' })
  database = running.database
  service = running.coordinator
  wire = running.wire
}, 60_000)
afterAll(() => running.close())

const get = async <Answer = { history: object[] }>(path: string): Promise<Answer> => {
  const answer = await fetch(`${service.http.listeningOrigin}${path}`)
  return (await answer.json()) as Answer
}
const pictureOf = async (name: string): Promise<string> =>
  (await fetch(`${service.http.listeningOrigin}/sagas/saga-${name}/diagram`)).text()
const list = async (query: string) => get<{ items: { sagaId: string }[] }>(`/sagas?${query}`)
const count = async (table: string, where: string): Promise<number> =>
  Number((await database.query(`SELECT count(*) FROM ${table} WHERE ${where}`))[0]?.['count'])
const isOf = (name: string): string => `saga_id = 'saga-${name}'`

const asked = (type: string, name: string): Promise<string> =>
  eventually(() => {
    const found = wire.heard.find(({ message }) => message.type === type && message.subject === `order-${name}`)
    if (!found) throw new Error(`${type} was not asked about ${name}`)
    return found.message.id
  }, LONG)

/** An order for which there is no stock: started, refused, cancelled. Gives what is read of it before it is archived. */
const end = async (name: string) => {
  const correlationId = `saga-${name}`
  await wire.send(startOf(name), { correlationId, id: `start-${name}` })
  const failed = inventoryFailed({ orderId: `order-${name}`, reason: 'out-of-stock', missing })
  await wire.send(failed, { correlationId, causationId: await asked('inventory.reserve.v1', name) })
  const cancelled = orderCancelled({ orderId: `order-${name}`, reason: 'out-of-stock' })
  await wire.send(cancelled, { correlationId, causationId: await asked('order.cancel.v1', name) })
  return eventually(async () => {
    const saga = await get(`/sagas/saga-${name}`)
    expect(saga).toMatchObject({ status: 'COMPENSATED' })
    return { saga, picture: await pictureOf(name) }
  }, LONG)
}

const archived = (name: string) => eventually(async () => expect(await count('saga_archive', isOf(name))).toBe(1), LONG)
const endAndArchive = async (name: string) => {
  const before = await end(name)
  await archived(name)
  return before
}

const letterFor = (messageId: string) =>
  eventually(async () => {
    const [letter] = await database.query('SELECT reason, detail FROM dead_letter WHERE message_id = $1', [messageId])
    if (!letter) throw new Error(`no dead letter ${messageId}`)
    return letter
  }, LONG)

const duplicates = async (): Promise<number> => {
  const text = await (await fetch(`${service.http.listeningOrigin}/metrics`)).text()
  return Number(/^skald_duplicates_total (\d+)/m.exec(text)?.[1])
}

describe('a saga that ended a while ago', () => {
  test('leaves the tables of those that run, and is read, drawn and listed as before', async () => {
    const { saga, picture } = await endAndArchive('read')
    for (const table of ['saga', 'history', 'saga_detour']) expect(await count(table, isOf('read'))).toBe(0)
    expect(await get('/sagas/saga-read')).toEqual(saga)
    expect(await pictureOf('read')).toBe(picture)
    for (const query of [
      'status=COMPENSATED',
      'correlationId=order-read',
      'correlationId=saga-read',
      'definition=order',
    ]) {
      expect((await list(query)).items.map(({ sagaId }) => sagaId)).toContain('saga-read')
    }
    expect((await list('status=COMPLETED')).items).toEqual([])
  })

  test('counts a start that comes again, and stays where it is', async () => {
    const { saga } = await endAndArchive('again')
    const before = await duplicates()
    await wire.send(startOf('again'), { correlationId: 'saga-again', id: 'start-again', repeat: 1 })
    await eventually(async () => expect(await duplicates()).toBe(before + 1), LONG)
    expect(await count('saga', isOf('again'))).toBe(0)
    expect(await get('/sagas/saga-again')).toEqual(saga)
  })

  test('refuses the id of one of its messages with other content', async () => {
    await endAndArchive('digest')
    const other = orderCreated({ ...startOf('digest').data, customerId: 'c2' })
    await wire.send(other, { correlationId: 'saga-digest', id: 'start-digest', repeat: 1 })
    expect(await letterFor('start-digest')).toMatchObject({ reason: 'other-content' })
    await archived('digest')
  })

  test('is the only one of its order, and its id is taken', async () => {
    await endAndArchive('one')
    await wire.send(startOf('one', 'saga-two'), { correlationId: 'saga-two', id: 'same-order' })
    expect(await letterFor('same-order')).toMatchObject({ reason: 'other-saga' })
    await wire.send(startOf('three', 'saga-one'), { correlationId: 'saga-one', id: 'same-saga' })
    expect(await letterFor('same-saga')).toMatchObject({ reason: 'wrong-correlation' })
    expect(await count('saga', `saga_id IN ('saga-one', 'saga-two')`)).toBe(0)
  })

  test('takes a late message into its history, and is archived again with it', async () => {
    const { saga } = await endAndArchive('late')
    const cancel = orderCancelRequested({ orderId: 'order-late' })
    await wire.send(cancel, { correlationId: 'saga-late', id: 'late-cancel' })
    const later = await eventually(async () => {
      const now = await get('/sagas/saga-late')
      expect(now.history).toHaveLength(4)
      return now
    }, LONG)
    expect(later).toEqual({
      ...saga,
      updatedAt: expect.any(String) as string,
      history: [
        ...saga.history,
        expect.objectContaining({
          seq: 4,
          messageId: 'late-cancel',
          note: expect.stringContaining('ignored') as string,
        }),
      ],
    })
    await eventually(async () => expect(await count('saga', isOf('late'))).toBe(0), LONG)
    expect(await get('/sagas/saga-late')).toEqual(later)
  })

  test('whose message id was used again since by another saga is not brought back', async () => {
    await endAndArchive('first')
    await wire.send(orderCancelRequested({ orderId: 'order-second' }), {
      correlationId: 'saga-second',
      id: 'start-first',
      repeat: 1,
    })
    await eventually(async () => expect(await count('saga', `${isOf('second')} AND held <> '[]'`)).toBe(1), LONG)
    await wire.send(startOf('second'), { correlationId: 'saga-second', id: 'start-second' })
    await asked('inventory.reserve.v1', 'second')
    const late = orderCancelRequested({ orderId: 'order-first' })
    await wire.send(late, { correlationId: 'saga-first', id: 'late-first' })
    expect(await letterFor('late-first')).toMatchObject({
      reason: 'archived-id-reused',
      detail: expect.stringContaining('start-first') as string,
    })
    expect(await count('saga_archive', isOf('first'))).toBe(1)
  })

  test('is left where it is while somebody holds it, or its row and its history disagree', async () => {
    await wire.send(startOf('held'), { correlationId: 'saga-held' })
    await asked('inventory.reserve.v1', 'held')
    await database.query(`DELETE FROM task WHERE id = 'wake/saga-held'`)
    await database.query(`UPDATE saga SET status = 'COMPENSATED', asked = '[]', timers = '[]', revision = revision + 1,
      ended_at = now(), updated_at = now() - interval '1 hour' WHERE ${isOf('held')}`)
    await endAndArchive('beside')
    expect(await count('saga', isOf('held'))).toBe(1)
    const holder = new pg.Client({ connectionString: database.url })
    await holder.connect()
    try {
      await holder.query('BEGIN')
      await holder.query(`UPDATE saga SET revision = revision - 1 WHERE ${isOf('held')}`)
      await endAndArchive('not-held')
      expect(await count('saga', isOf('held'))).toBe(1)
      await holder.query('COMMIT')
      await archived('held')
    } finally {
      await holder.end()
    }
  })
})

import { randomUUID } from 'node:crypto'
import { inventoryCommit, inventoryRelease, inventoryReserve, productAnnounce } from '@skald/contracts'
import { eventually, type RunningService } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRunning } from './running.ts'

let running: RunningService
beforeAll(async () => {
  running = await startRunning()
})
afterAll(() => running.close())

const price = { amount: 1_250, currency: 'EUR' }
const newSku = (): string => `sku-${randomUUID()}`

const putNew = async (onHand: number): Promise<string> => {
  const sku = newSku()
  const { status } = await running.request('PUT', `/products/${sku}`, { name: 'Lamp', price, onHand })
  expect(status).toBe(201)
  return sku
}
const stockOf = async (sku: string) => {
  const { onHand, reserved, available } = (await running.request('GET', `/products/${sku}`)).body
  return { onHand, reserved, available }
}
const answerTo = (commandId: string): Promise<string> =>
  eventually(() => {
    const [answer] = running.wire.answersTo(commandId)
    if (!answer) throw new Error(`${commandId} is not answered`)
    return answer.type
  })
const announced = (sku: string, version: number) =>
  eventually(() => {
    const found = running.wire.heard.filter(
      ({ message: { type, subject, data } }) =>
        type === 'product.updated.v1' && subject === sku && (data as { version: number }).version === version,
    )
    expect(found.length).toBeGreaterThan(0)
    return found
  })

describe('the stock of an order', () => {
  test('is held, taken and shown', async () => {
    const sku = await putNew(5)
    const orderId = randomUUID()
    const items = [{ sku, quantity: 2 }]
    expect((await running.request('GET', `/reservations/${orderId}`)).status).toBe(404)
    expect(await answerTo(await running.wire.send(inventoryReserve({ orderId, items })))).toBe('inventory.reserved.v1')
    expect(await stockOf(sku)).toEqual({ onHand: 5, reserved: 2, available: 3 })
    expect((await running.request('GET', `/reservations/${orderId}`)).body).toEqual({ orderId, status: 'HELD', items })
    expect(await answerTo(await running.wire.send(inventoryCommit({ orderId, items })))).toBe('inventory.committed.v1')
    expect(await stockOf(sku)).toEqual({ onHand: 3, reserved: 0, available: 3 })
    expect((await running.request('GET', `/reservations/${orderId}`)).body).toMatchObject({ status: 'COMMITTED' })
  })

  test('is given back by a release that does not say what was held', async () => {
    const sku = await putNew(5)
    const orderId = randomUUID()
    await answerTo(await running.wire.send(inventoryReserve({ orderId, items: [{ sku, quantity: 2 }] })))
    const command = await running.wire.send(inventoryRelease({ orderId }))
    expect(await answerTo(command)).toBe('inventory.released.v1')
    expect(await stockOf(sku)).toEqual({ onHand: 5, reserved: 0, available: 5 })
    // Asked again under its own id it is answered from the inbox, under the number of the repeat.
    await running.wire.send(inventoryRelease({ orderId }), { id: command, repeat: 1 })
    await eventually(() => expect(running.wire.answersTo(command)).toHaveLength(2))
    const ids = running.wire.answersTo(command).map(({ id }) => id)
    expect(new Set(ids).size).toBe(1)
    expect(running.wire.heard.filter(({ message }) => message.id === ids[0]).at(-1)?.msgId).toBe(`${ids[0]}:1`)
    expect(await stockOf(sku)).toEqual({ onHand: 5, reserved: 0, available: 5 })
  })

  test('is never sold twice: of two hundred orders for one piece each of a stock of fifty, fifty get it', async () => {
    const sku = await putNew(50)
    const commands = await Promise.all(
      Array.from({ length: 200 }, () =>
        running.wire.send(inventoryReserve({ orderId: randomUUID(), items: [{ sku, quantity: 1 }] })),
      ),
    )
    const answers = await Promise.all(commands.map(answerTo))
    expect(answers.filter((type) => type === 'inventory.reserved.v1')).toHaveLength(50)
    expect(await stockOf(sku)).toEqual({ onHand: 50, reserved: 50, available: 0 })
  })

  test('of an order with many skus, some of them the same as those of other orders, ends without a deadlock', async () => {
    const skus = await Promise.all(Array.from({ length: 10 }, () => putNew(1_000)))
    const commands = await Promise.all(
      Array.from({ length: 40 }, (_, order) => {
        const items = skus.map((sku, place) => ({ sku, quantity: 1 + ((order + place) % 3) }))
        return running.wire.send(
          inventoryReserve({ orderId: randomUUID(), items: order % 2 ? items : items.toReversed() }),
        )
      }),
    )
    const answers = await Promise.all(commands.map(answerTo))
    expect(new Set(answers)).toEqual(new Set(['inventory.reserved.v1']))
  })
})

describe('what can never be answered', () => {
  test('is kept as a dead letter with the reason', async () => {
    const sku = await putNew(5)
    const orderId = randomUUID()
    const items = [{ sku, quantity: 1 }]
    await answerTo(await running.wire.send(inventoryReserve({ orderId, items })))
    await answerTo(await running.wire.send(inventoryCommit({ orderId, items })))
    const command = await running.wire.send(inventoryRelease({ orderId, items }))
    await eventually(async () => {
      const letters = await running.database.query('SELECT reason FROM dead_letter WHERE message_id = $1', [command])
      expect(letters).toEqual([{ reason: 'committed-before' }])
    })
    expect(await stockOf(sku)).toMatchObject({ onHand: 4, reserved: 0 })
  })
})

describe('products', () => {
  test('are made once, changed and announced by version', async () => {
    const sku = await putNew(3)
    await announced(sku, 1)
    const changed = await running.request('PUT', `/products/${sku}`, { name: 'Lamp', price: { ...price, amount: 999 } })
    expect(changed).toMatchObject({ status: 200, body: { version: 2, price: { amount: 999 }, onHand: 3 } })
    await announced(sku, 2)
    const same = await running.request('PUT', `/products/${sku}`, { name: 'Lamp', price: { ...price, amount: 999 } })
    expect(same).toMatchObject({ status: 200, body: { version: 2 } })
    const withStock = await running.request('PUT', `/products/${sku}`, { name: 'Lamp', price, onHand: 9 })
    expect(withStock).toMatchObject({ status: 409, body: { type: 'urn:skald:problem:stock-not-settable' } })
  })

  test('need their stock when they are new', async () => {
    const answer = await running.request('PUT', `/products/${newSku()}`, { name: 'Lamp', price })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'onHand' }] } })
  })

  test('put at the same moment are one product with one first stock', async () => {
    const sku = newSku()
    const body = { name: 'Lamp', price, onHand: 7 }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => running.request('PUT', `/products/${sku}`, body)),
    )
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ])
    expect(await stockOf(sku)).toMatchObject({ onHand: 7 })
  })

  test('are adjusted once a key, and never below what is reserved', async () => {
    const sku = await putNew(3)
    const url = `/products/${sku}/adjustments`
    const key = { 'idempotency-key': randomUUID() }
    const body = { quantity: 4, reason: 'found' }
    const answers = await Promise.all(Array.from({ length: 5 }, () => running.request('POST', url, body, key)))
    expect(answers.map(({ status, body: { onHand } }) => [status, onHand])).toEqual(
      Array.from({ length: 5 }, () => [200, 7]),
    )
    const other = await running.request('POST', url, { ...body, quantity: 5 }, key)
    expect(other).toMatchObject({ status: 422, body: { type: 'urn:skald:problem:idempotency-key-reused' } })
    const orderId = randomUUID()
    await answerTo(await running.wire.send(inventoryReserve({ orderId, items: [{ sku, quantity: 6 }] })))
    const below = await running.request('POST', url, { quantity: -2, reason: 'lost' })
    expect(below).toMatchObject({ status: 409, body: { type: 'urn:skald:problem:stock-reserved' } })
    expect((await running.request('POST', url, { quantity: -1, reason: 'lost' })).body).toMatchObject({ onHand: 6 })
    expect((await running.request('POST', '/products/nothing/adjustments', body)).status).toBe(404)
  })

  test.each([
    ['an unknown field', { name: 'Lamp', price, onHand: 1, colour: 'red' }],
    ['a price in quotes', { name: 'Lamp', price: { ...price, amount: '1' }, onHand: 1 }],
    ['a price below nothing', { name: 'Lamp', price: { ...price, amount: -1 }, onHand: 1 }],
    ['a currency in small letters', { name: 'Lamp', price: { ...price, currency: 'eur' }, onHand: 1 }],
    ['a name that is too long', { name: 'x'.repeat(201), price, onHand: 1 }],
    ['a name with a control character', { name: 'La\u0007mp', price, onHand: 1 }],
    ['half a piece on hand', { name: 'Lamp', price, onHand: 0.5 }],
  ])('are refused with %s', async (_why, body) => {
    expect((await running.request('PUT', `/products/${newSku()}`, body)).status).toBe(400)
  })

  test('are listed page by page, each once', async () => {
    const mine = await Promise.all(Array.from({ length: 5 }, () => putNew(1)))
    const listed: string[] = []
    let cursor = ''
    do {
      const { status, body } = await running.request('GET', `/products?limit=3${cursor}`)
      expect(status).toBe(200)
      listed.push(...(body['items'] as { sku: string }[]).map(({ sku }) => sku))
      const { nextCursor } = body as { nextCursor?: string }
      cursor = nextCursor === undefined ? '' : `&cursor=${nextCursor}`
    } while (cursor !== '')
    expect(new Set(listed).size).toBe(listed.length)
    expect(listed).toEqual(expect.arrayContaining(mine))
    expect((await running.request('GET', '/products?limit=0')).status).toBe(400)
    expect((await running.request('GET', '/products?cursor=bm90IG91cnM')).status).toBe(400)
  })
})

describe('the catalogue', () => {
  test('is said again page by page, each product once', async () => {
    await Promise.all(Array.from({ length: 3 }, () => putNew(1)))
    const skus: string[] = []
    let after: string | undefined
    do {
      const command = await running.wire.send(productAnnounce({ limit: 4, ...(after === undefined ? {} : { after }) }))
      const page = await eventually(() => {
        const answers = running.wire.answersTo(command)
        const close = answers.find(({ type }) => type === 'product.announced.v1')
        const { count, next } = (close?.data ?? {}) as { count: number; next?: string }
        expect(answers).toHaveLength(count + 1)
        return { next, skus: answers.filter((answer) => answer !== close).map(({ subject }) => subject) }
      })
      skus.push(...page.skus)
      after = page.next
    } while (after !== undefined)
    const known = await running.database.query('SELECT sku FROM product')
    expect([...skus].sort()).toEqual(known.map(({ sku }) => String(sku)).sort())
  })
})

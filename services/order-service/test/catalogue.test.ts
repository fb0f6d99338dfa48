import { productAnnounced, productUpdated } from '@skald/contracts'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asksOf, type Running, startRunning } from './running.ts'

let running: Running
beforeAll(async () => {
  running = await startRunning()
})
afterAll(() => running.close())

const task = async () => (await running.database.query("SELECT * FROM task WHERE kind = 'ask-for-catalogue'"))[0]
/** As inventory-service answers a command: the products of a page and its close. */
const answer = async (commandId: string, skus: readonly string[], next?: string) => {
  const price = { amount: 100, currency: 'EUR' }
  const says = [
    ...skus.map((sku) => productUpdated({ sku, name: sku, price, version: 1 })),
    productAnnounced({ count: skus.length, ...(next === undefined ? {} : { next }) }),
  ]
  await Promise.all(says.map((said) => running.wire.send(said, { causationId: commandId })))
}
const lastAsk = (after: string | undefined, beforeThat = 0) =>
  eventually(() => {
    const asks = asksOf(running)
    const ask = asks.at(-1)
    if (!ask || asks.length <= beforeThat || ask.after !== after) throw new Error('not asked yet')
    return ask.id
  })

test('an empty copy is filled page by page, and then rests for an hour', async () => {
  const first = await lastAsk(undefined)
  await answer(first, ['a', 'b'], 'b')
  const second = await lastAsk('b')
  await answer(second, ['c'])
  await eventually(async () => {
    const { due_at: dueAt, body } = (await task()) ?? {}
    expect(body).toBe('{}')
    expect((dueAt as Date).getTime() - Date.now()).toBeGreaterThan(3_500_000)
  })
  for (const sku of ['a', 'b', 'c']) {
    expect((await running.request('GET', `/catalogue/${sku}`)).body).toMatchObject({ sku, version: 1 })
  }
})

test('the newest version of a product wins, in whichever order they arrive', async () => {
  const sku = await running.product(300, { version: 3 })
  await running.wire.send(productUpdated({ sku, name: 'old', price: { amount: 200, currency: 'EUR' }, version: 2 }))
  const later = await running.product(1)
  expect(later).not.toBe(sku)
  expect((await running.request('GET', `/catalogue/${sku}`)).body).toMatchObject({ version: 3, price: { amount: 300 } })
})

test('a filled copy is not asked for again at a restart, but when its round is due', async () => {
  await running.restart()
  await eventually(async () => expect((await task())?.['body']).toBe('{}'))
  const asked = asksOf(running).length
  await running.database.query("UPDATE task SET due_at = now() WHERE kind = 'ask-for-catalogue'")
  await answer(await lastAsk(undefined, asked), [])
  await eventually(async () => expect((await task())?.['body']).toBe('{}'))
})

import { setTimeout as wait } from 'node:timers/promises'
import { until } from '@skald/servers'
import { expect, test } from 'vitest'
import { fixedRate } from './fixed-rate.ts'
import { ShopStub } from './testing/shop-stub.ts'

test('a stall counts for every order that was due in it', async () => {
  const shop = new ShopStub()
  const load = fixedRate(shop, 500, 1)
  load.window.open()
  load.start()
  await until(() => shop.placed.length >= 150, 10_000)
  load.window.close()
  const openedMs = performance.now()
  const finished = load.finish()
  while (performance.now() < openedMs + 100) await wait(5)
  shop.endAll()

  expect(await finished).toBe(0)
  // The first was due 150/500 s and more before they all ended; the others one after the other since then.
  const sorted = load.window.endMs.toSorted((a, b) => a - b)
  expect(sorted.length).toBeGreaterThanOrEqual(140)
  expect(sorted.at(-1)).toBeGreaterThan(300)
  expect((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)).toBeGreaterThan(150)
})

test('orders go on coming until the last one of the window has ended, and those after it do not count', async () => {
  const shop = new ShopStub()
  const load = fixedRate(shop, 500, 1)
  load.window.open()
  load.start()
  await until(() => shop.placed.length >= 50, 10_000)
  load.window.close()
  const inWindow = shop.placed.length
  const finished = load.finish()
  await until(() => shop.placed.length >= inWindow + 50, 10_000)
  shop.endAll()
  await finished

  expect(load.window.endMs.length).toBeLessThanOrEqual(inWindow + 2)
  expect(load.window.endMs.length).toBeGreaterThanOrEqual(inWindow - 2)
})

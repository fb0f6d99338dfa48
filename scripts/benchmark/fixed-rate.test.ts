import { until } from '@skald/servers'
import { expect, test } from 'vitest'
import { fixedRate } from './fixed-rate.ts'
import { ShopStub } from './testing/shop-stub.ts'

test('orders that were due while nothing could be sent count from the moment at which each was due', async () => {
  const shop = new ShopStub()
  const load = fixedRate(shop, 1_000, 1)
  load.window.open()
  load.start()
  const stallBegins = performance.now()
  while (performance.now() < stallBegins + 300);
  await until(() => shop.placed.length > 200, 10_000)
  load.window.close()
  shop.endAll()
  await load.finish()

  const { endMs } = load.window
  expect(endMs.filter((ms) => ms > 100).length).toBeGreaterThan(100)
  expect(Math.max(...endMs)).toBeGreaterThan(250)
})

test('orders that the system keeps waiting count with their whole wait', async () => {
  const shop = new ShopStub()
  const load = fixedRate(shop, 500, 1)
  load.window.open()
  load.start()
  await until(() => shop.placed.length >= 100, 10_000)
  load.window.close()
  const finished = load.finish()
  await until(() => shop.placed.length >= 150, 10_000)
  shop.endAll()

  expect(await finished).toBe(0)
  // The first one was due before a hundred others were, at five hundred a second.
  expect(Math.max(...load.window.endMs)).toBeGreaterThan(200)
  expect(load.window.endMs.length).toBeGreaterThanOrEqual(95)
})

test('orders go on coming until the last one of the window has ended, which alone count; then no more come', async () => {
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
  const placed = shop.placed.length

  expect(await until(() => shop.placed.length > placed, 100)).toBe(false)
  expect(load.window.endMs.length).toBeLessThanOrEqual(inWindow + 2)
  expect(load.window.endMs.length).toBeGreaterThanOrEqual(inWindow - 2)
})

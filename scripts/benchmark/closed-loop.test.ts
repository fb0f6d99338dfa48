import { until } from '@skald/servers'
import { expect, test } from 'vitest'
import { closedLoop } from './closed-loop.ts'
import { ShopStub } from './testing/shop-stub.ts'

test('each order that ends is followed by the next, and none after the finish', async () => {
  const shop = new ShopStub()
  const load = closedLoop(shop, 8)
  load.start()
  expect(shop.placed).toHaveLength(8)
  for (const order of shop.placed.slice(0, 3)) order.ended('confirmed', performance.now())
  expect(shop.placed).toHaveLength(11)

  const finished = load.finish()
  for (const order of shop.placed.slice(3)) order.ended('cancelled', performance.now())
  await finished

  expect(shop.placed).toHaveLength(11)
})

test('what ends or is refused within the window counts, whenever it began', async () => {
  const shop = new ShopStub()
  const load = closedLoop(shop, 4)
  load.start()
  const [early, confirmed, cancelled, refused] = shop.placed
  early?.ended('confirmed', performance.now())
  load.window.open()
  confirmed?.answered(performance.now())
  confirmed?.ended('confirmed', performance.now())
  cancelled?.ended('cancelled', performance.now())
  refused?.refused(new Error('503'))
  await until(() => shop.placed.length === 8, 10_000)
  load.window.close()
  shop.placed.at(-1)?.ended('confirmed', performance.now())
  await load.finish()

  expect(load.window.figures()).toMatchObject({ confirmed: 1, cancelled: 1, failedPosts: 1 })
  expect([load.window.endMs.length, load.window.postMs.length]).toEqual([2, 1])
})

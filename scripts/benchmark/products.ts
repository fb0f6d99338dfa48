import { inParallel } from '@skald/e2e'
import { until } from '@skald/servers'
import { type Answer, type Api, call, field } from '../event-flow/api.ts'
import { say } from './progress.ts'

const PRODUCTS = 1_000
/** More than any run sells. */
const STOCK = 100_000_000
const AT_A_TIME = 50
const WITHIN_MS = 60_000

/** Products of the benchmark's own, so that stock never runs out and two orders seldom meet at one product. */
export const prepareProducts = async ({ inventory, order }: Api): Promise<readonly string[]> => {
  say(`putting ${PRODUCTS} products on sale`)
  const skuOf = (index: number): string => `bench-${index}`
  await inParallel(PRODUCTS, AT_A_TIME, (index) =>
    soon(`put ${skuOf(index)} on sale`, () => offer(`${inventory}/products/${skuOf(index)}`, skuOf(index))),
  )
  return inParallel(PRODUCTS, AT_A_TIME, async (index) => {
    const copy = `${order}/catalogue/${skuOf(index)}`
    await soon(`made ${skuOf(index)} known to order-service`, () => call('GET', copy))
    return skuOf(index)
  })
}

const offer = async (url: string, sku: string): Promise<Answer> => {
  const known = await call('GET', url)
  if (known.status === 200) return known
  const price = { amount: 1_250, currency: 'EUR' }
  return call('PUT', url, { name: `Benchmark ${sku}`, price, onHand: STOCK })
}

/** Again and again until it is done: a machine with other work to do may stand still for longer than a call. */
const soon = async (what: string, ask: () => Promise<Answer>): Promise<void> => {
  let last: unknown
  const isDone = async (): Promise<boolean> => {
    last = await ask().catch(String)
    return typeof last === 'object' && (field(last, 'status') === 200 || field(last, 'status') === 201)
  }
  if (!(await until(isDone, WITHIN_MS))) throw new Error(`could not have ${what}: ${JSON.stringify(last)}`)
}

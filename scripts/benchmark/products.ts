import { inParallel } from '@skald/e2e'
import { until } from '@skald/servers'
import { type Api, call } from '../event-flow/api.ts'
import { say } from './progress.ts'

const PRODUCTS = 1_000
/** More than any run sells. */
const STOCK = 100_000_000
const AT_A_TIME = 50
const KNOWN_WITHIN_MS = 60_000

/** Products of the benchmark's own, so that stock never runs out and two orders seldom meet at one product. */
export const prepareProducts = async ({ inventory, order }: Api): Promise<readonly string[]> => {
  say(`putting ${PRODUCTS} products on sale`)
  const skuOf = (index: number): string => `bench-${index}`
  await inParallel(PRODUCTS, AT_A_TIME, (index) => offer(`${inventory}/products/${skuOf(index)}`, skuOf(index)))
  return inParallel(PRODUCTS, AT_A_TIME, async (index) => {
    const isKnown = async () => (await call('GET', `${order}/catalogue/${skuOf(index)}`)).status === 200
    if (await until(isKnown, KNOWN_WITHIN_MS)) return skuOf(index)
    throw new Error(`order-service did not hear of ${skuOf(index)} within ${KNOWN_WITHIN_MS} ms; is the broker up?`)
  })
}

const offer = async (url: string, sku: string): Promise<void> => {
  if ((await call('GET', url)).status === 200) return
  const price = { amount: 1_250, currency: 'EUR' }
  const answer = await call('PUT', url, { name: `Benchmark ${sku}`, price, onHand: STOCK })
  if (answer.status >= 300) throw new Error(`PUT ${url} answered ${JSON.stringify(answer)}`)
}

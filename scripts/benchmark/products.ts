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
  const skus = Array.from({ length: PRODUCTS }, (_, index) => `bench-${index}`)
  const price = { amount: 1_250, currency: 'EUR' }
  for (let at = 0; at < skus.length; at += AT_A_TIME) {
    await Promise.all(
      skus.slice(at, at + AT_A_TIME).map(async (sku) => {
        if ((await call('GET', `${inventory}/products/${sku}`)).status === 200) return
        const answer = await call('PUT', `${inventory}/products/${sku}`, {
          name: `Benchmark ${sku}`,
          price,
          onHand: STOCK,
        })
        if (answer.status >= 300) throw new Error(`PUT /products/${sku} answered ${JSON.stringify(answer)}`)
      }),
    )
  }
  for (const sku of skus) {
    const isKnown = async () => (await call('GET', `${order}/catalogue/${sku}`)).status === 200
    if (await until(isKnown, KNOWN_WITHIN_MS)) continue
    throw new Error(`order-service did not hear of product ${sku} within ${KNOWN_WITHIN_MS} ms; is the broker up?`)
  }
  return skus
}

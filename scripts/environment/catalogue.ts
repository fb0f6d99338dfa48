import { until } from '@skald/servers'
import { say } from './say.ts'

/** What the shop sells before anybody has put a product in it. Enough of each for any number of trial orders. */
const STOCK = 1_000_000
const DEMO_PRODUCTS = [
  { sku: 'demo-coffee', name: 'Coffee beans, 1 kg', cents: 1_890 },
  { sku: 'demo-teapot', name: 'Teapot', cents: 3_450 },
  { sku: 'demo-keyboard', name: 'Keyboard', cents: 8_900 },
  { sku: 'demo-lamp', name: 'Desk lamp', cents: 4_995 },
  { sku: 'demo-chair', name: 'Chair', cents: 24_900 },
] as const

/** The broker takes milliseconds; one that takes longer is told of by the services' health, and must not keep `dev` from starting. */
const HEARD_WITHIN_MS = 10_000

/**
 * Fills the catalogue when it is empty; a catalogue with anything in it is left alone. Resolves when order-service has
 * heard of the products, so that the first order can be placed at once.
 */
export async function seedCatalogue(inventoryPort: number, orderPort: number): Promise<void> {
  const base = `http://127.0.0.1:${inventoryPort}/products`
  const response = await fetch(`${base}?limit=1`)
  if (!response.ok) throw new Error(`GET /products answered ${response.status}: ${await response.text()}`)
  if (!isEmpty(await response.json())) return
  await Promise.all(
    DEMO_PRODUCTS.map(async ({ sku, name, cents }) => {
      const body = JSON.stringify({ name, price: { amount: cents, currency: 'EUR' }, onHand: STOCK })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${base}/${sku}`, { method: 'PUT', headers, body })
      if (!answer.ok) throw new Error(`PUT /products/${sku} answered ${answer.status}: ${await answer.text()}`)
    }),
  )
  const isKnown = (sku: string) =>
    fetch(`http://127.0.0.1:${orderPort}/catalogue/${sku}`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until(
    async () => (await Promise.all(DEMO_PRODUCTS.map(({ sku }) => isKnown(sku)))).every(Boolean),
    HEARD_WITHIN_MS,
  )
  say('inventory-service', `the catalogue was empty: ${DEMO_PRODUCTS.length} products put in it`)
}

function isEmpty(page: unknown): boolean {
  const items = typeof page === 'object' && page !== null && 'items' in page ? page.items : page
  return Array.isArray(items) && items.length === 0
}

import type { Ask } from '@skald/host'
import { digestOf } from '@skald/messaging'
import { type Http, idempotencyHeaders, Problem, problemResponses } from '@skald/service'
import type { Line } from '../orders/pricing.ts'
import { type Placed, type PlaceOrder, type PlaceOrderReply, placeOrder } from '../requests/place-order.ts'
import { orderBody, placedAnswer } from './schemas.ts'
import { traceparentOf } from './traceparent.ts'

export interface PlaceOrderRoute {
  readonly ask: Ask
  readonly newId: () => string
  readonly useSimulatedPayment: boolean
}

const refusals = problemResponses(
  'invalid-request',
  'unknown-sku',
  'mixed-currencies',
  'total-too-large',
  'idempotency-key-reused',
  'unavailable',
)

export const placeOrderRoute = (http: Http, { ask, newId, useSimulatedPayment }: PlaceOrderRoute): void => {
  http.post(
    '/orders',
    {
      schema: {
        summary: 'Takes an order; its saga does the rest',
        headers: idempotencyHeaders(),
        body: orderBody(useSimulatedPayment),
        response: { 201: placedAnswer, ...refusals },
      },
    },
    async ({ body, headers }, reply) => {
      const orderId = newId()
      const order = { ...body, repeatable: repeatableOf(headers['idempotency-key'], body) }
      const about = { subject: orderId, id: orderId, correlationId: newId(), traceparent: traceparentOf(headers) }
      const placed = placedOf(body.items, await ask(placeOrder, order, about))
      return reply.code(201).header('location', `/orders/${placed.orderId}`).send(placed)
    },
  )
}

/** The digest is of what the body says, so that blanks or the order of its fields make no other request of it. */
const repeatableOf = (key: string | undefined, body: PlaceOrder): PlaceOrder['repeatable'] => {
  if (key === undefined) return undefined
  const lines = body.items.map(({ sku, quantity }) => [sku, quantity])
  return { key, digest: digestOf(JSON.stringify([body.customerId, lines, body.paymentMethod ?? null])) }
}

const placedOf = (items: readonly Line[], answer: PlaceOrderReply): Placed => {
  switch (answer.kind) {
    case 'placed':
      return answer.order
    case 'unknown-skus':
      throw new Problem('unknown-sku', {
        detail: `Not in the catalogue: ${answer.skus.join(', ')}.`,
        errors: items.flatMap(({ sku }, index) =>
          answer.skus.includes(sku)
            ? [{ field: `items[${index}].sku`, message: `${sku} is not in the catalogue` }]
            : [],
        ),
      })
    case 'mixed-currencies':
      throw new Problem('mixed-currencies', {
        detail: `The products are priced in ${answer.currencies.join(', ')}: place one order a currency.`,
      })
    case 'total-too-large':
      throw new Problem('total-too-large', { detail: 'The total exceeds 2^53-1 minor units: split the order.' })
    case 'key-reused':
      throw new Problem('idempotency-key-reused', { detail: 'Use a new Idempotency-Key for another order.' })
  }
}

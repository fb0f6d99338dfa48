import { fastify } from 'fastify'
import { Connections } from './connections.ts'
import { newId, PRICE, SKUS } from './order.ts'
import { placeOrder } from './statements.ts'

/*
 * POST /orders as somebody writes it who wants nothing but the row: Fastify with its own validation, one statement, 201.
 * A process of its own; it sends its URL to the one that started it, and ends with it.
 */

interface Body {
  readonly customerId: string
  readonly items: readonly { readonly sku: string; readonly quantity: number }[]
  readonly paymentMethod?: string
}

const id = { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' } as const
const money = {
  type: 'object',
  properties: { amount: { type: 'integer' }, currency: { type: 'string' } },
} as const

const schema = {
  body: {
    type: 'object',
    required: ['customerId', 'items'],
    additionalProperties: false,
    properties: {
      customerId: id,
      items: {
        type: 'array',
        minItems: 1,
        maxItems: 100,
        items: {
          type: 'object',
          required: ['sku', 'quantity'],
          additionalProperties: false,
          properties: { sku: id, quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 } },
        },
      },
      paymentMethod: { type: 'string' },
    },
  },
  response: {
    201: { type: 'object', properties: { orderId: id, sagaId: id, status: { type: 'string' }, total: money } },
  },
} as const

const url = process.env['BARE_POST_DATABASE_URL']
if (url === undefined || !process.send) throw new Error('this server is started by measureBarePost')

const connections = await Connections.open(url)
const prices = new Map(SKUS.map((sku) => [sku, PRICE]))
const server = fastify({ bodyLimit: 65_536 })

server.post<{ Body: Body }>('/orders', { schema }, async ({ body }, reply) => {
  const lines = body.items.map(({ sku, quantity }) => ({ sku, quantity, price: prices.get(sku) ?? PRICE }))
  const total = {
    amount: lines.reduce((sum, { quantity, price }) => sum + quantity * price.amount, 0),
    currency: 'EUR',
  }
  const now = Date.now()
  const [orderId, sagaId] = [newId(now), newId(now)]
  const values = [orderId, sagaId, body.customerId, JSON.stringify(lines), String(total.amount), total.currency]
  await connections.use((client) => client.query({ ...placeOrder, values }))
  return reply.code(201).header('location', `/orders/${orderId}`).send({ orderId, sagaId, status: 'PENDING', total })
})

process.on('disconnect', () => process.exit())
process.send(await server.listen({ host: '127.0.0.1', port: 0 }))

import type { Ask } from '@skald/host'
import { createCursorCodec, type Http, Problem, pageFields, problemResponses } from '@skald/service'
import { z } from 'zod'
import { cancelRequestId } from '../orders/announcements.ts'
import { requestCancel } from '../requests/request-cancel.ts'
import type { OrderPosition, OrderReading } from '../store/reading.ts'
import { viewOf } from './order-view.ts'
import { cancelAnswer, orderAnswer, orderFilter, orderPage, orderParams } from './schemas.ts'
import { traceparentOf } from './traceparent.ts'

/** The last moment that a JavaScript date can say. */
const LAST_MS = 8.64e15

const cursors = createCursorCodec<OrderPosition>(
  'orders',
  z.strictObject({ createdAtMs: z.int().min(0).max(LAST_MS), orderId: z.string().max(255) }),
)

export const orderRoutes = (http: Http, ask: Ask, reading: OrderReading): void => {
  const notFound = problemResponses('order-not-found')
  http.get(
    '/orders/:orderId',
    { schema: { summary: 'An order', params: orderParams, response: { 200: orderAnswer, ...notFound } } },
    async ({ params: { orderId } }) => {
      const order = await reading.order(orderId)
      if (!order) throw unknown(orderId)
      return viewOf(order)
    },
  )

  http.get(
    '/orders',
    {
      schema: {
        summary: 'Orders, newest first',
        querystring: z.strictObject({ ...pageFields(), ...orderFilter }),
        response: { 200: orderPage },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const after = cursor === undefined ? undefined : cursors.decode(cursor)
      const { orders, next } = await reading.page(filter, after, limit)
      return { items: orders.map(viewOf), ...(next ? { nextCursor: cursors.encode(next) } : {}) }
    },
  )

  http.post(
    '/orders/:orderId/cancel',
    {
      schema: {
        summary: 'Asks for an order to be cancelled; granted until its payment is confirmed',
        params: orderParams,
        response: { 202: cancelAnswer, ...notFound, ...problemResponses('order-ended') },
      },
    },
    async ({ params: { orderId }, headers }, reply) => {
      // The saga to ask is looked up: it never changes, so an old look is as good as a new one.
      const order = await reading.order(orderId)
      if (!order) throw unknown(orderId)
      const about = {
        subject: orderId,
        // The same id whoever asks, and however often: it is one request to the saga.
        id: cancelRequestId(orderId),
        correlationId: order.saga_id,
        traceparent: traceparentOf(headers),
      }
      const answer = await ask(requestCancel, { orderId }, about)
      if (answer.kind === 'unknown') throw unknown(orderId)
      if (answer.kind === 'ended') {
        throw new Problem('order-ended', { detail: `The order is ${answer.status}: it cannot be cancelled any more.` })
      }
      return reply.code(202).send({ orderId, status: 'PENDING' as const })
    },
  )
}

const unknown = (orderId: string): Problem =>
  new Problem('order-not-found', { detail: `There is no order ${orderId}.` })

import { type Http, Problem, problemResponses } from '@skald/service'
import type { StockReading } from '../store/reading.ts'
import { orderParams, reservationAnswer } from './schemas.ts'

export const reservationRoutes = (http: Http, reading: StockReading): void => {
  http.get(
    '/reservations/:orderId',
    {
      schema: {
        summary: 'What became of the stock of an order',
        params: orderParams,
        response: { 200: reservationAnswer, ...problemResponses('reservation-not-found') },
      },
    },
    async ({ params: { orderId } }) => {
      const reservation = await reading.reservation(orderId)
      if (!reservation) {
        throw new Problem('reservation-not-found', { detail: `Nothing was reserved or released for order ${orderId}.` })
      }
      const { status, items } = reservation
      return { orderId, status, items: [...items] }
    },
  )
}

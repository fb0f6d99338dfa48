import { type Http, Problem, problemResponses } from '@skald/service'
import type { z } from 'zod'
import type { Transaction } from '../payments/payment.ts'
import type { PaymentView, ReadPayment } from '../store/reading.ts'
import { orderParams, paymentAnswer } from './schemas.ts'

const transactionShown = ({ id, kind, status, amount, atMs, gatewayReference, reason }: Transaction) => ({
  id,
  kind,
  status,
  at: new Date(atMs).toISOString(),
  ...(amount === null ? {} : { amount }),
  ...(gatewayReference === null ? {} : { gatewayReference }),
  ...(reason === null ? {} : { reason }),
})

const shown = (
  orderId: string,
  { status, amount, currency, transactions }: PaymentView,
): z.output<typeof paymentAnswer> => ({
  orderId,
  status,
  ...(amount === null || currency === null ? {} : { total: { amount, currency } }),
  transactions: transactions.map(transactionShown),
})

export const paymentRoutes = (http: Http, readPayment: ReadPayment): void => {
  http.get(
    '/payments/:orderId',
    {
      schema: {
        summary: 'What became of the payment of an order: one transaction for each key the gateway was asked under',
        params: orderParams,
        response: { 200: paymentAnswer, ...problemResponses('payment-not-found') },
      },
    },
    async ({ params: { orderId } }) => {
      const payment = await readPayment(orderId)
      if (payment) return shown(orderId, payment)
      throw new Problem('payment-not-found', { detail: `Nothing was charged or undone for order ${orderId}.` })
    },
  )
}

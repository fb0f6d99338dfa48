import { id, limits, line, lines, money, name, paymentMethod, pricedLine, reason, sku, version } from '@skald/contracts'
import { z } from 'zod'
import { paymentMethodFault } from '../orders/payment-method.ts'

export const orderParams = z.strictObject({ orderId: id })
export const skuParams = z.strictObject({ sku })

const status = z.enum(['PENDING', 'CONFIRMED', 'CANCELLED'])
const time = z.string().describe('RFC 3339')

/** Lines of one sku count together, or a large order would pass as many small lines. */
const items = lines(line).superRefine((given, context) => {
  const sums = new Map<string, number>()
  for (const [index, { sku, quantity }] of given.entries()) {
    const sum = (sums.get(sku) ?? 0) + quantity
    sums.set(sku, sum)
    if (sum <= limits.quantityMax || sum === quantity) continue
    const message = `all lines of sku ${sku} together may order at most ${limits.quantityMax}`
    context.addIssue({ code: 'custom', path: [index, 'quantity'], message })
  }
})

/** Which means of payment are known depends on the gateway in use. */
export const orderBody = (useSimulatedPayment: boolean) =>
  z.strictObject({
    customerId: id,
    items,
    paymentMethod: paymentMethod
      .superRefine((token, context) => {
        const message = paymentMethodFault(token, useSimulatedPayment)
        if (message !== undefined) context.addIssue({ code: 'custom', message })
      })
      .optional(),
  })

export const placedAnswer = z.strictObject({ orderId: id, sagaId: id, status: z.literal('PENDING'), total: money })

export const orderAnswer = z.strictObject({
  orderId: id,
  sagaId: id,
  customerId: id,
  items: z.array(pricedLine),
  total: money,
  status,
  reason: reason.optional().describe('Why it was cancelled'),
  createdAt: time,
  updatedAt: time,
})

export const orderPage = z.strictObject({ items: z.array(orderAnswer), nextCursor: z.string().optional() })

export const orderFilter = { status: status.optional(), customerId: id.optional() }

export const cancelAnswer = z.strictObject({ orderId: id, status: z.literal('PENDING') })

export const productAnswer = z.strictObject({ sku, name, price: money, version })

import { count, id, money, name, reason, sku, version } from '@skald/contracts'
import { z } from 'zod'

export const skuParams = z.strictObject({ sku })
export const orderParams = z.strictObject({ orderId: id })

export const putProductBody = z.strictObject({
  name,
  price: money,
  onHand: count.optional().describe('Needed for a new product, refused for an existing one'),
})

const most = Number.MAX_SAFE_INTEGER
const NOT_A_CHANGE = 'expected an integer other than 0'

export const adjustmentBody = z.strictObject({
  quantity: z
    .int({ error: NOT_A_CHANGE })
    .min(-most, { error: NOT_A_CHANGE })
    .max(most, { error: NOT_A_CHANGE })
    .refine((change) => change !== 0, { error: NOT_A_CHANGE })
    .describe('What is added; negative for what is taken away'),
  reason,
})

export const productAnswer = z.strictObject({
  sku,
  name,
  price: money,
  onHand: count,
  reserved: count,
  available: count,
  version,
})

export const productPage = z.strictObject({ items: z.array(productAnswer), nextCursor: z.string().optional() })

export const reservationAnswer = z.strictObject({
  orderId: id,
  status: z.enum(['HELD', 'COMMITTED', 'RELEASED', 'REJECTED']),
  items: z.array(z.strictObject({ sku, quantity: count })),
})

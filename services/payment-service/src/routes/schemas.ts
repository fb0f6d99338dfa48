import { id, money } from '@skald/contracts'
import { z } from 'zod'

export const orderParams = z.strictObject({ orderId: id })

/** Absent for the void of an order that was never charged, when the undo did not say how much it was about. */
const amount = money.optional()
/** RFC 3339. */
const at = z.string()

export const paymentAnswer = z.strictObject({
  orderId: id,
  status: z.enum(['PENDING', 'CONFIRMED', 'FAILED', 'REFUNDED', 'VOIDED']),
  total: amount,
  transactions: z.array(
    z.strictObject({
      id: z.string().meta({ description: 'The key under which the gateway was asked' }),
      kind: z.enum(['charge', 'refund', 'void']),
      status: z.enum(['PENDING', 'SUCCEEDED', 'FAILED']),
      amount,
      at,
      gatewayReference: z.string().optional(),
      reason: z.string().optional().meta({ description: 'Why it failed' }),
    }),
  ),
})

export const ledgerAnswer = z.strictObject({
  entries: z.array(
    z.strictObject({
      kind: z.enum(['charge', 'refund', 'void']),
      key: z.string(),
      outcome: z.enum(['succeeded', 'refused']),
      amount,
      at,
    }),
  ),
})

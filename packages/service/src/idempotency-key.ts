import { z } from 'zod'

/** The headers of a route that may be repeated safely: the optional `Idempotency-Key`. Other headers are left as they are. */
export function idempotencyHeaders() {
  return z.looseObject({
    'idempotency-key': z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
      .optional()
      .describe('A request with the same key and body is done once and answered as the first was'),
  })
}

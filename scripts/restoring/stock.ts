import type { DataOf, inventoryReserve } from '@skald/contracts'
import type { Message } from '@skald/messaging'
import type pg from 'pg'

const SHORT = `SELECT wanted.sku, wanted.quantity::float8, greatest(coalesce(s.on_hand - s.reserved, 0), 0)::float8 AS available
  FROM (SELECT sku, sum(quantity) AS quantity FROM json_to_recordset($1) AS line(sku text, quantity bigint) GROUP BY sku) wanted
  LEFT JOIN stock s ON s.sku = wanted.sku
  WHERE coalesce(s.on_hand - s.reserved, 0) < wanted.quantity
    AND NOT EXISTS (SELECT FROM reservation r WHERE r.order_id = $2)`

interface Short {
  readonly sku: string
  readonly quantity: number
  readonly available: number
}

/**
 * Why the stock of an order cannot be held again. Asked all the same, inventory-service would reject the order, for ever:
 * a person can put the goods back first.
 */
export const shortageOf = async (inventory: pg.Client, reserve: Message): Promise<string | undefined> => {
  const { items, orderId } = reserve.data as DataOf<typeof inventoryReserve>
  const { rows } = await inventory.query<Short>(SHORT, [JSON.stringify(items), orderId])
  if (rows.length === 0) return undefined
  const lacks = rows.map(({ sku, quantity, available }) => `${quantity} of ${sku}, of which ${available} are left`)
  return `its stock is not there any more: ${lacks.join('; ')}`
}

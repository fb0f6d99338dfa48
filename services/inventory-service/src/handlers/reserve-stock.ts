import { inventoryFailed, inventoryReserve, inventoryReserved } from '@skald/contracts'
import { handle } from '@skald/messaging'
import { hold } from '../stock/reserving.ts'
import { type Reservation, reservations, stockRow } from '../stock/stock-tables.ts'

/** All of the items or none. Asked again, also by another command, it answers what it answered first. */
export const reserveStock = handle(inventoryReserve, {
  rows: ({ orderId, items }) => [
    { table: reservations, key: orderId, fresh: true },
    ...items.map(({ sku }) => stockRow(sku)),
  ],
  decide: ({ orderId, items }, rows, { nowMs }) =>
    answerOf(rows.get(reservations, orderId) ?? hold(rows, orderId, items, nowMs)),
})

const answerOf = ({ order_id: orderId, status, missing }: Reservation) => {
  switch (status) {
    case 'HELD':
    case 'COMMITTED':
      return inventoryReserved({ orderId })
    case 'REJECTED':
      return inventoryFailed({ orderId, reason: 'out-of-stock', missing })
    case 'RELEASED':
      return inventoryFailed({ orderId, reason: 'released-before', missing: [] })
  }
}

import { type DataOf, inventoryRelease, inventoryReleased } from '@skald/contracts'
import type { Decision, Handler, Message, Rows, Turn } from '@skald/messaging'
import { namesAllOf, release, releaseBeforehand } from '../stock/reserving.ts'
import { type Line, reservationRows, reservations } from '../stock/stock-tables.ts'
import { answering, lookUp } from './look-up.ts'

type Release = DataOf<typeof inventoryRelease>

export const RELEASE_LOOK_UP = 'release-look-up'

/** The undo of a reserve, whether that came before, comes later or never. */
export const releaseStock: Handler<Release> = {
  type: inventoryRelease.type,
  rows: ({ data: { orderId, items } }) => reservationRows(orderId, items),
  decide: (command, rows, turn) => decide(command, rows, turn),
}

const decide = (command: Message<Release>, rows: Rows, turn: Turn): Decision => {
  const { orderId, items = [] } = command.data
  const reservation = rows.get(reservations, orderId)
  switch (reservation?.status) {
    case 'COMMITTED':
      return {
        refuse: {
          reason: 'committed-before',
          detail: `the stock of order ${orderId} has left: it comes back by an adjustment, not by a release`,
        },
      }
    case 'HELD':
      if (!namesAllOf(items, reservation)) return lookUp(RELEASE_LOOK_UP, command, rows, turn)
      release(rows, reservation, turn.nowMs)
      break
    case undefined:
      releaseBeforehand(rows, orderId, turn.nowMs)
      break
    case 'RELEASED':
    case 'REJECTED':
      break
  }
  return { says: [inventoryReleased({ orderId })] }
}

export const releaseLookedUp = answering<Release, readonly Line[]>({
  type: 'task:release-look-up',
  rows: ({ data: { orderId } }, items) => reservationRows(orderId, items),
  decide: ({ data: { orderId } }, _items, rows, { nowMs }) => {
    const reservation = rows.get(reservations, orderId)
    if (reservation?.status !== 'HELD') return undefined
    release(rows, reservation, nowMs)
    return [inventoryReleased({ orderId })]
  },
})

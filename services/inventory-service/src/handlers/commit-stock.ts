import { type DataOf, inventoryCommit, inventoryCommitted, inventoryFailed } from '@skald/contracts'
import type { Decision, Handler, Message, Rows, Turn } from '@skald/messaging'
import { commit, namesAllOf } from '../stock/reserving.ts'
import { type Line, reservationRows, reservations } from '../stock/stock-tables.ts'
import { answering, lookUp } from './look-up.ts'

type Commit = DataOf<typeof inventoryCommit>

export const COMMIT_LOOK_UP = 'commit-look-up'

/** Takes what is held out of the stock, once. Where nothing is held it fails and changes nothing. */
export const commitStock: Handler<Commit> = {
  type: inventoryCommit.type,
  rows: ({ data: { orderId, items } }) => reservationRows(orderId, items),
  decide: (command, rows, turn) => decide(command, rows, turn),
}

const decide = (command: Message<Commit>, rows: Rows, turn: Turn): Decision => {
  const { orderId, items = [] } = command.data
  const reservation = rows.get(reservations, orderId)
  switch (reservation?.status) {
    case 'COMMITTED':
      break
    case 'HELD':
      if (!namesAllOf(items, reservation)) return lookUp(COMMIT_LOOK_UP, command, rows, turn)
      commit(rows, reservation, turn.nowMs)
      break
    case 'RELEASED':
    case 'REJECTED':
    case undefined:
      return { says: [inventoryFailed({ orderId, reason: 'nothing-held', missing: [] })] }
  }
  return { says: [inventoryCommitted({ orderId })] }
}

export const commitLookedUp = answering<Commit, readonly Line[]>({
  type: 'task:commit-look-up',
  rows: ({ data: { orderId } }, items) => reservationRows(orderId, items),
  decide: ({ data: { orderId } }, _items, rows, { nowMs }) => {
    const reservation = rows.get(reservations, orderId)
    if (reservation?.status !== 'HELD') return undefined
    commit(rows, reservation, nowMs)
    return [inventoryCommitted({ orderId })]
  },
})

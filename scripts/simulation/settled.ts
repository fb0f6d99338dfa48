import { REPORT_DEAD_LETTER, tasks } from '@skald/messaging'
import { orders } from '@skald/order-service'
import { sagas } from '@skald/saga-coordinator'
import type { Seen } from './own-invariants.ts'

const LOOK_EVERY_MS = 100
const ENDED = new Set(['COMPLETED', 'COMPENSATED', 'NEEDS_ATTENTION'])

/** Whether everything has come to rest. Looked at now and then, as far as it takes to know that it has not. */
export const isSettled = ({ world, customers, operator, letters, stepPauser, timerMover }: Seen): (() => boolean) => {
  let lookAtMs = 0
  return () => {
    const { time } = world.sim
    if (time.nowMs < lookAtMs) return false
    lookAtMs = time.nowMs + LOOK_EVERY_MS
    const areDone = [operator, letters, stepPauser, timerMover].every(({ isDone }) => isDone)
    if (!customers.areDone || !areDone || !world.broker.isIdle) return false
    const { saga, order } = world.databases
    let waiting = 0
    for (const { status } of saga.memory.rows(sagas)) {
      if (status === 'NEEDS_ATTENTION') waiting++
      if (!ENDED.has(status)) return false
    }
    let pending = 0
    for (const { status } of order.memory.rows(orders)) if (status === 'PENDING') pending++
    return pending === waiting && Object.values(world.databases).every((database) => hasOnlyResting(database, waiting))
  }
}

const hasOnlyResting = ({ memory }: Seen['world']['databases']['order'], waiting: number): boolean => {
  for (const { kind, body } of memory.rows(tasks)) {
    if (kind === 'ask-for-catalogue') {
      // A round that is under way brings more messages.
      if (typeof body === 'object' && body !== null && 'page' in body) return false
    } else if (kind === REPORT_DEAD_LETTER) continue
    else if (waiting === 0) return false
    else if (kind !== 'announce-order' && kind !== 'announce-cancel' && kind !== 'wake') return false
  }
  return true
}

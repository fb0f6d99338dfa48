import { REPORT_DEAD_LETTER, tasks } from '@skald/messaging'
import { orders } from '@skald/order-service'
import { sagas } from '@skald/saga-coordinator'
import type { Seen } from './own-invariants.ts'
import type { World } from './world.ts'

const LOOK_EVERY_MS = 100
const ENDED = new Set(['COMPLETED', 'COMPENSATED', 'NEEDS_ATTENTION'])

/** Whether everything has come to rest. Looked at now and then, as far as it takes to know that it has not. */
export const isSettled = (seen: Seen): (() => boolean) => {
  const { world } = seen
  let lookAtMs = 0
  return () => {
    const { time } = world.sim
    if (time.nowMs < lookAtMs) return false
    lookAtMs = time.nowMs + LOOK_EVERY_MS
    if (!isEverybodyDone(seen) || !world.broker.isIdle) return false
    const waiting = waitingSagas(world)
    if (!waiting) return false
    let pending = 0
    for (const { status } of world.databases.order.memory.rows(orders)) if (status === 'PENDING') pending++
    return (
      pending === waiting.orders &&
      Object.values(world.databases).every((database) => hasOnlyResting(database, waiting.all))
    )
  }
}

const isEverybodyDone = ({ customers, operator, letters, stepPauser, timerMover, travellers }: Seen): boolean =>
  customers.areDone && travellers.areDone && [operator, letters, stepPauser, timerMover].every(({ isDone }) => isDone)

/** How many wait for a person, of all and of orders; undefined while one goes on. */
const waitingSagas = ({
  databases: { saga },
}: World): { readonly all: number; readonly orders: number } | undefined => {
  let all = 0
  let orders = 0
  for (const { status, definition } of saga.memory.rows(sagas)) {
    if (!ENDED.has(status)) return undefined
    if (status !== 'NEEDS_ATTENTION') continue
    all++
    if (definition === 'order') orders++
  }
  return { all, orders }
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

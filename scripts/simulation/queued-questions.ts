import { timeOf } from '@skald/messaging'
import { GUARDED, isOverdue, lastSaid } from './deadlines.ts'
import { everyStep } from './every-saga.ts'
import type { World } from './world.ts'

/** A question that took longer to be stored was said when nobody knows: lost at first, or late. */
const SAID_AT_ONCE_MS = 200

/**
 * Deadlines that fired while their last question stood in the participant's queue: its silence meant nothing. Not told of
 * runs in which the queue itself was lost.
 */
export function* unreadQuestions(world: World): Iterable<string> {
  const { sim, settings, watch, broker } = world
  if (sim.faults.struck.some(({ kind }) => kind === 'broker-wiped')) return
  const rows = everyStep(world)
  for (const fired of rows) {
    const command = GUARDED[fired.type]
    const commandId = command === undefined ? undefined : lastSaid(rows, fired, command)
    const dueAtMs = timeOf(fired.message_id)
    if (command === undefined || commandId === undefined || dueAtMs === undefined) continue
    if (isOverdue(fired, dueAtMs, settings)) continue
    const [repeat, saidAtMs] = watch.lastRepeat(commandId, fired.at) ?? []
    if (repeat === undefined || saidAtMs === undefined) continue
    const question = `${commandId}:${repeat}`
    const storedAtMs = broker.everStored.get(question) ?? Number.POSITIVE_INFINITY
    if (storedAtMs > saidAtMs + SAID_AT_ONCE_MS || watch.ackedAtMs(question) <= fired.at) continue
    yield `saga ${fired.saga_id}: ${fired.type} fired while ${command} ${question} was queued`
  }
}

import { timeOf } from '@skald/messaging'
import type { HistoryRow } from '@skald/saga-coordinator'
import { GUARDED, isOverdue, lastSaid, nudgeOf } from './deadlines.ts'
import type { World } from './world.ts'

/** A question is recorded when the broker has it, and may have been said so long before. */
const SAID_LATE_MS = 3_000

/**
 * Deadlines that fired while their last question stood in the participant's queue: its silence meant nothing. Not told of
 * runs in which the queue itself was lost.
 */
export function* unreadQuestions(world: World, rows: readonly HistoryRow[]): Iterable<string> {
  const { sim, settings, watch } = world
  if (sim.faults.struck.some(({ kind }) => kind === 'broker-wiped')) return
  const nudgeAfterMs = nudgeOf(settings)
  for (const fired of rows) {
    const command = GUARDED[fired.type]
    const commandId = command === undefined ? undefined : lastSaid(rows, fired, command)
    const dueAtMs = timeOf(fired.message_id)
    if (command === undefined || commandId === undefined || dueAtMs === undefined) continue
    if (isOverdue(fired, dueAtMs, settings)) continue
    const isRead = (repeat: number): boolean => watch.ackedAtMs(`${commandId}:${repeat}`) <= fired.at
    // Any of the last nudge period will do: a later one may be on its way, and not yet on record.
    const asked = watch.repeatsOf(commandId).filter(([, atMs]) => {
      return atMs >= dueAtMs - nudgeAfterMs - SAID_LATE_MS && atMs <= fired.at - nudgeAfterMs
    })
    if (asked.length === 0 || asked.some(([repeat]) => isRead(repeat))) continue
    yield `saga ${fired.saga_id}: ${fired.type} fired while ${command} ${commandId} was queued`
  }
}

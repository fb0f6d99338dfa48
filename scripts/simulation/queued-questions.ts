import { timeOf } from '@skald/messaging'
import type { HistoryRow } from '@skald/saga-coordinator'
import { GUARDED, isOverdue, lastSaid, nudgeOf } from './deadlines.ts'
import type { World } from './world.ts'

/** A question is recorded when the broker has it, and may have been said so long before. */
const SAID_LATE_MS = 3_000
const CHARGE = 'payment.charge.v1'

/** Whether the gateway was asked for the saga's charge between the question and the deadline. */
const isTried = ({ leases }: World, rows: readonly HistoryRow[], fired: HistoryRow, askedAtMs: number): boolean =>
  rows.some(
    ({ saga_id, outputs }) =>
      saga_id === fired.saga_id &&
      outputs.some(
        ({ type, subject }) => type === CHARGE && leases.wasTried(`${subject}/charge/0`, askedAtMs, fired.at),
      ),
  )

/**
 * Deadlines that fired while their last question stood in the participant's queue, or was acked without a try of the call
 * that it is about: its silence meant nothing. Not told of runs in which the queue itself was lost.
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
    if (asked.length === 0) continue
    const read = asked.filter(([repeat]) => isRead(repeat))
    if (read.length === 0) yield `saga ${fired.saga_id}: ${fired.type} fired while ${command} ${commandId} was queued`
    else if (command === CHARGE && !read.some(([, atMs]) => isTried(world, rows, fired, atMs)))
      yield `saga ${fired.saga_id}: ${fired.type} fired and its charge was not tried since ${commandId} was asked again`
  }
}

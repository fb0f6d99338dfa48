import { derivedId, timeOf } from '@skald/messaging'
import type { HistoryRow } from '@skald/saga-coordinator'
import type { Settings } from './settings.ts'
import type { World } from './world.ts'

/** What each deadline waits for an answer to. */
export const GUARDED: Readonly<Record<string, string>> = {
  'timer.stockDeadline': 'inventory.reserve.v1',
  'timer.paymentDeadline': 'payment.charge.v1',
  'timer.refundDeadline': 'payment.refund.v1',
  'timer.releaseDeadline': 'inventory.release.v1',
  'timer.commitDeadline': 'inventory.commit.v1',
  'timer.confirmDeadline': 'order.confirm.v1',
  'timer.cancelDeadline': 'order.cancel.v1',
}
/** A deadline that could not ask fires after so many times its length. */
const OVERDUE_FACTOR = 10

/** Deadlines that fired although the broker did not have the command once more, a nudge period before. */
export function* unaskedDeadlines(world: World, rows: readonly HistoryRow[]): Iterable<string> {
  const { settings, watch } = world
  const nudgeAfterMs = nudgeOf(settings)
  for (const fired of rows) {
    const command = GUARDED[fired.type]
    const commandId = command === undefined ? undefined : lastSaid(rows, fired, command)
    const dueAtMs = timeOf(fired.message_id)
    if (commandId === undefined || dueAtMs === undefined) continue
    const asked = watch.repeatsOf(commandId).some(([, atMs]) => atMs <= fired.at - nudgeAfterMs)
    if (!asked && !isOverdue(fired, dueAtMs, settings))
      yield `saga ${fired.saga_id}: ${fired.type} fired and ${command} was not asked again`
  }
}

export const nudgeOf = ({ nudgeAfterMs, stepTimeoutMs }: Settings): number =>
  Math.min(nudgeAfterMs, Math.ceil(stepTimeoutMs / 2))

export const isOverdue = ({ at }: HistoryRow, dueAtMs: number, { stepTimeoutMs }: Settings): boolean =>
  at >= dueAtMs + (OVERDUE_FACTOR - 1) * stepTimeoutMs

export const lastSaid = (rows: readonly HistoryRow[], fired: HistoryRow, command: string): string | undefined => {
  let last: string | undefined
  let seq = 0
  for (const row of rows) {
    if (row.saga_id !== fired.saga_id || row.seq >= fired.seq || row.seq < seq) continue
    const ordinal = row.outputs.findIndex(({ type }) => type === command)
    if (ordinal < 0) continue
    last = derivedId(row.message_id, ordinal)
    seq = row.seq
  }
  return last
}

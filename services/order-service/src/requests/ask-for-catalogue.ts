import type { Request } from '@skald/host'
import type { Handler, Task } from '@skald/messaging'
import { askAgain, askingRow, isAsking, startRound } from '../catalogue/asking.ts'

/** Starts to ask for the whole catalogue; unless it must be now, only when nobody does yet. */
export const askForCatalogue: Request<{ readonly now: boolean }, void> = {
  type: 'request:ask-for-catalogue',
  rows: () => [askingRow],
  decide: ({ data: { now } }, rows, turn) => (now || !isAsking(rows) ? { says: startRound(rows, turn) } : {}),
}

/** What was asked for has not come, or an hour has gone by. */
export const askForCatalogueAgain: Handler<Task> = {
  type: 'task:ask-for-catalogue',
  rows: () => [askingRow],
  decide: ({ data: task }, rows, turn) => ({ says: askAgain(rows, task, turn) }),
}

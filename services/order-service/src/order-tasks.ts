import type { AppPorts } from '@skald/host'
import { type Handler, newId, type Task } from '@skald/messaging'
import { ASK_FOR_CATALOGUE } from './catalogue/asking.ts'
import type { Listeners } from './listeners.ts'
import { ANNOUNCE_CANCEL, ANNOUNCE_ORDER, type Announcement } from './orders/announcements.ts'
import { announceAgain } from './requests/announce-again.ts'
import { askForCatalogueAgain } from './requests/ask-for-catalogue.ts'
import { SOURCE } from './source.ts'

type Take = (task: Task) => void

/** What is done with due tasks: each looks at its row in the next batch. */
export const orderTasks = (
  { submit, clock, random, logger }: AppPorts,
  listeners: Listeners,
): Readonly<Record<string, Take>> => {
  const take =
    <Data>(handler: Handler<Data>, dataOf: (task: Task) => Data): Take =>
    (task) => {
      const nowMs = clock.nowMs()
      const id = newId(nowMs, random())
      const time = new Date(nowMs).toISOString()
      const about = { id, type: handler.type, source: SOURCE, subject: task.id, time, correlationId: id }
      // A task that fails stays: its lease brings it back.
      submit(handler, { ...about, data: dataOf(task) }).catch((err: unknown) =>
        logger.warn({ err, task: task.id }, 'a task failed and is tried again'),
      )
    }
  const announce = (kind: Announcement): Take =>
    take(announceAgain, (task) => ({ task, handledUpToMs: listeners.handledUpToMs(kind) }))
  return {
    [ANNOUNCE_ORDER]: announce(ANNOUNCE_ORDER),
    [ANNOUNCE_CANCEL]: announce(ANNOUNCE_CANCEL),
    [ASK_FOR_CATALOGUE]: take(askForCatalogueAgain, (task) => task),
  }
}

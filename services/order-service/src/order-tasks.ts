import type { Platform } from '@skald/host'
import { type Handler, newId, type Task } from '@skald/messaging'
import { ASK_FOR_CATALOGUE } from './catalogue/asking.ts'
import { ANNOUNCE_CANCEL, ANNOUNCE_ORDER } from './orders/announcements.ts'
import { announceAgain } from './requests/announce-again.ts'
import { askForCatalogueAgain } from './requests/ask-for-catalogue.ts'
import { SOURCE } from './source.ts'

type Take = (task: Task) => void

/** What is done with due tasks: each looks at its row in the next batch. */
export const orderTasks = ({ submit, clock, random, logger }: Platform): Readonly<Record<string, Take>> => {
  const take =
    (handler: Handler<Task>): Take =>
    (task) => {
      const nowMs = clock.nowMs()
      const id = newId(nowMs, random())
      const time = new Date(nowMs).toISOString()
      const message = { id, type: handler.type, source: SOURCE, subject: task.id, time, correlationId: id, data: task }
      // A task that fails stays: its lease brings it back.
      submit(handler, message).catch((err: unknown) =>
        logger.warn({ err, task: task.id }, 'a task failed and is tried again'),
      )
    }
  return {
    [ANNOUNCE_ORDER]: take(announceAgain),
    [ANNOUNCE_CANCEL]: take(announceAgain),
    [ASK_FOR_CATALOGUE]: take(askForCatalogueAgain),
  }
}

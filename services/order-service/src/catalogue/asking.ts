/**
 * How this service comes by the whole catalogue: it asks for pages, one after the other, each again until it came in
 * full. One task remembers what was asked; it is due when to ask again, or, between two rounds, when to start over.
 *
 *   resting --due--> page 1 asked --in full--> page 2 asked ... --last in full--> resting
 *                        \--due: asked again, with growing patience
 *
 * A page came in full when its close has arrived and as many products as the close counts. Products and close come in
 * any order, from the same command: what an earlier, given up command brings is taken too, but not counted.
 */
import { productAnnounce } from '@skald/contracts'
import { type RowRef, type Rows, type Said, type Task, type Turn, tasks } from '@skald/messaging'

export const ASK_FOR_CATALOGUE = 'ask-for-catalogue'
const TASK_ID = ASK_FOR_CATALOGUE

/** Products a page: what one answer makes the owner read and say at once. */
const PAGE_SIZE = 100
/** The first wait for a page; it doubles with each time that the page is asked for again. */
const PATIENCE_MS = 5_000
const MAX_PATIENCE_MS = 600_000
/** From the end of a round to the next: what any lost announcement costs at most. */
const ROUND_EVERY_MS = 3_600_000

interface Close {
  readonly count: number
  readonly next?: string | undefined
}

/** The page that was asked for; nothing is asked for between two rounds. */
export interface AskedPage {
  /** Absent for the first page. */
  readonly after?: string | undefined
  /** Id of the command: what answers it names it as its cause. */
  readonly commandId: string
  /** Products that it brought so far. */
  readonly arrived: number
  readonly close?: Close | undefined
}

interface Asking {
  readonly page?: AskedPage
}

export const askingRow: RowRef = { table: tasks, key: TASK_ID }

const askingOf = (task: Task): Asking => task.body as Asking

/** Asks for the page behind `after`. At most one command a decision: its id is that of the first thing said. */
const askFor = (rows: Rows, after: string | undefined, attempts: number, { nowMs, idOf }: Turn): readonly Said[] => {
  const page: AskedPage = { after, commandId: idOf(0), arrived: 0 }
  write(rows, { page }, nowMs + Math.min(PATIENCE_MS * 2 ** attempts, MAX_PATIENCE_MS), attempts)
  return [productAnnounce({ ...(after === undefined ? {} : { after }), limit: PAGE_SIZE })]
}

const write = (rows: Rows, body: Asking, dueAtMs: number, attempts: number): void => {
  rows.put(tasks, { id: TASK_ID, kind: ASK_FOR_CATALOGUE, due_at: dueAtMs, token: '', attempts, body })
}

/** Starts a round, whatever was asked before. */
export const startRound = (rows: Rows, turn: Turn): readonly Said[] => askFor(rows, undefined, 0, turn)

/** Whether rounds are going on: then one is under way, or comes within the hour. */
export const isAsking = (rows: Rows): boolean => rows.get(tasks, TASK_ID) !== undefined

/** The task is due: the next round, or the same page once more. Nothing when something arrived since it was taken. */
export const askAgain = (rows: Rows, taken: Task, turn: Turn): readonly Said[] => {
  const task = rows.get(tasks, TASK_ID)
  if (task?.token !== taken.token) return []
  const { page } = askingOf(task)
  return page ? askFor(rows, page.after, task.attempts, turn) : startRound(rows, turn)
}

/** Something arrived because of a command: a product, or with `close` the end of its page. */
export const arrived = (rows: Rows, causationId: string | undefined, turn: Turn, close?: Close): readonly Said[] => {
  const task = rows.get(tasks, TASK_ID)
  const before = task && askingOf(task).page
  if (!before || before.commandId !== causationId) return []
  const page: AskedPage = close ? { ...before, close } : { ...before, arrived: before.arrived + 1 }
  if (!page.close || page.arrived < page.close.count) {
    rows.put(tasks, { ...task, body: { page } })
    return []
  }
  if (page.close.next !== undefined) return askFor(rows, page.close.next, 0, turn)
  write(rows, {}, turn.nowMs + ROUND_EVERY_MS, 0)
  return []
}

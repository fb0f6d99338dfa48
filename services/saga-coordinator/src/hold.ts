import type { Answer, Decision, Message, Refusal, Rows, Turn } from '@skald/messaging'
import type { Definition } from '@skald/saga'
import { type Advanced, advance, MAX_HISTORY, MAX_UNUSED } from './advance.ts'
import { heldBack, pauseOf } from './pauses/hold-back.ts'
import type { StepPause } from './store/pause-table.ts'
import { type SagaRow, sagas } from './store/saga-tables.ts'
import type { Patience } from './waking.ts'

/** Messages kept for a saga that has not started. */
export const MAX_HELD = 20

export const refuse = (reason: string, detail: string): { readonly refuse: Refusal } => ({ refuse: { reason, detail } })

/** Any saga id can be named by mistake, or by somebody who wants another's order cancelled. */
export const wrongCorrelation = ({ saga_id, business_key }: SagaRow, { subject }: Message) =>
  refuse('wrong-correlation', `saga ${saga_id} is about ${business_key}, the message about ${subject}`)

/** One message that the saga can use now, or why it never will. */
export const take = (
  definition: Definition,
  row: SagaRow,
  message: Message,
  nowMs: number,
  patience: Patience,
): Advanced | { readonly refuse: Refusal } => {
  if (row.business_key !== message.subject) return wrongCorrelation(row, message)
  const advanced = advance(definition, row, message, nowMs, patience)
  // What changes nothing is only written down.
  const isFull = row.revision >= (advanced.row.state === row.state ? MAX_UNUSED : MAX_HISTORY)
  return isFull ? full(row) : advanced
}

const full = ({ saga_id, revision }: SagaRow) =>
  refuse('history-full', `saga ${saga_id} has ${revision} entries, and takes no more of this kind`)

/** Keeps a message that cannot be used yet, and lets others pass. It enters the history when it is used. */
export const hold = (row: SagaRow, message: Message, rows: Rows, { digest, redriveId }: Turn): Decision => {
  if (row.held.some((held) => held.message.id === message.id)) return { open: true }
  if (row.state === null && row.held.length >= MAX_HELD) {
    return refuse('too-many-held', `saga ${row.saga_id} holds ${MAX_HELD} messages that it cannot use yet`)
  }
  if (row.state !== null && row.held.length >= roomFor(row, message)) return full(row)
  rows.put(sagas, { ...row, held: [...row.held, { message, digest, ...(redriveId !== undefined && { redriveId }) }] })
  return { open: true }
}

/**
 * A saga that runs holds as much as its history has room for once it goes on: so it is never too full for the reply to what
 * it asked, which junk could otherwise bring about.
 */
const roomFor = ({ asked, revision }: SagaRow, { causationId }: Message): number =>
  (asked.some(({ commandId }) => commandId === causationId) ? MAX_HISTORY : MAX_UNUSED) - revision - RESUME

/** The entry that says that it goes on. */
const RESUME = 1

/** Uses what was held, in order; each is an input of its own. Where it comes to a step that is paused, the rest is held on. */
export const useHeld = (
  definition: Definition,
  holding: SagaRow,
  nowMs: number,
  patience: Patience,
  pauses: readonly StepPause[],
): { readonly row: SagaRow; readonly answers: readonly Answer[] } => {
  let row: SagaRow = { ...holding, held: [] }
  const answers: Answer[] = []
  for (const [index, { message: to, digest, redriveId }] of holding.held.entries()) {
    const taken = take(definition, row, to, nowMs, patience)
    const pause = 'refuse' in taken ? undefined : pauseOf(pauses, definition, row, taken)
    if (pause) {
      const back = heldBack(row, pause, holding.held.slice(index), nowMs)
      return { row: back.row, answers: [...answers, back.entry] }
    }
    if ('refuse' in taken) answers.push({ to, digest, says: [], redriveId, ...taken })
    else {
      row = taken.row
      answers.push({ to, digest, says: taken.says, record: taken.record })
    }
  }
  return { row, answers }
}

import type { Request } from '@skald/host'
import { type Rows, tasks } from '@skald/messaging'
import { writeDown } from '../operator/audit.ts'
import { type Acting, type Attempted, answeredRow, type KeyReused, once } from '../operator/repeatable.ts'
import { auditHead, CHAIN, type LetterAction, type LetterStanding } from '../store/audit-tables.ts'
import { type ReportedDeadLetter, reportedDeadLetters } from '../store/dead-letter-table.ts'
import { act, type Refused } from './act.ts'
import { redriveTask, redriveTaskId } from './redriving.ts'

export interface OperateLetter extends Acting {
  readonly letterId: string
  readonly action: LetterAction
}

/** How the dead letter stands because of the action: a redrive is OPEN and sending until the broker has it. */
export interface OperatedLetter extends LetterStanding {
  readonly id: string
  readonly action: LetterAction
  readonly sending: boolean
}

export type OperateLetterReply =
  | { readonly kind: 'done'; readonly answer: OperatedLetter }
  | { readonly kind: 'unknown' }
  | Refused
  | KeyReused

/** An operator's action on a dead letter: an input like any other, and in the same transaction a line in the audit. */
export const operateLetter = (hasStream: (subject: string) => boolean): Request<OperateLetter, OperateLetterReply> => ({
  type: 'request:operate-letter',
  rows: ({ data }) => [
    ...answeredRow(data),
    { table: auditHead, key: CHAIN },
    { table: reportedDeadLetters, key: data.letterId },
  ],
  decide({ id, data }, rows, turn) {
    const before = rows.get(reportedDeadLetters, data.letterId)
    // Under its key, too, it may be there the next time.
    if (!before) return { reply: { kind: 'unknown' } }
    return once(data, rows, turn, () => {
      const after = act(before, data.action, id, hasStream)
      if ('kind' in after) return replied(after)
      rows.put(reportedDeadLetters, after)
      seeToRedrive(rows, before, after, turn.nowMs)
      const done = { id, action: data.action, letter_id: data.letterId }
      writeDown(rows, turn.nowMs, data, { ...done, before: standing(before), after: standing(after) })
      return replied({ kind: 'done', answer: operated(after, data.action) })
    })
  },
})

const replied = (reply: OperateLetterReply): Attempted<OperateLetterReply> => ({ reply, decision: { reply } })

/** The task that sends it; what is not sent any more has none. */
const seeToRedrive = (rows: Rows, before: ReportedDeadLetter, after: ReportedDeadLetter, nowMs: number): void => {
  if (after.sending && after.redrive_id !== null) rows.put(tasks, redriveTask(after.id, after.redrive_id, nowMs))
  else if (before.redrive_id !== null) rows.delete(tasks, redriveTaskId(before.redrive_id))
}

export const operated = (letter: ReportedDeadLetter, action: LetterAction): OperatedLetter => ({
  id: letter.id,
  action,
  ...standing(letter),
  sending: letter.sending,
})

const standing = ({ status, refusals }: ReportedDeadLetter): LetterStanding => ({ status, refusals })

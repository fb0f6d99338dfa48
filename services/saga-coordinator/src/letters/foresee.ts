import { codec } from '@skald/contracts'
import type { Request } from '@skald/host'
import type { Definitions } from '../definitions.ts'
import type { ForeseenMessage } from '../operator/foresee.ts'
import { type Money, moneyIn } from '../operator/money.ts'
import type { LetterAction } from '../store/audit-tables.ts'
import { type ReportedDeadLetter, reportedDeadLetters } from '../store/dead-letter-table.ts'
import { act } from './act.ts'
import { type OperatedLetter, type OperateLetter, type OperateLetterReply, operated } from './operate.ts'

/** What cannot be read as a message is shown as it is. */
export type ForeseenLetterMessage =
  | (ForeseenMessage & { readonly service: string })
  | { readonly natsSubject: string; readonly service: string; readonly payload: string }

/** What an action on a dead letter would do. */
export interface ForeseenLetter extends OperatedLetter {
  readonly dryRun: true
  readonly messages: readonly ForeseenLetterMessage[]
  readonly money: readonly Money[]
}

export type ForeseeLetterReply =
  | Exclude<OperateLetterReply, { readonly kind: 'done' | 'key-reused' }>
  | { readonly kind: 'done'; readonly answer: ForeseenLetter }

/** What an operator's action would do, decided as the action is, on a row that is only looked at. */
export const foreseeLetter = (
  definitions: Definitions,
  hasStream: (subject: string) => boolean,
): Request<Pick<OperateLetter, 'letterId' | 'action'>, ForeseeLetterReply> => ({
  type: 'request:foresee-letter',
  rows: ({ data }) => [{ table: reportedDeadLetters, key: data.letterId, readOnly: true }],
  decide({ id, data: { letterId, action } }, rows) {
    const letter = rows.get(reportedDeadLetters, letterId)
    const after = letter ? act(letter, action, id, hasStream) : ({ kind: 'unknown' } as const)
    const reply: ForeseeLetterReply =
      'kind' in after ? after : { kind: 'done', answer: foreseen(definitions, after, action) }
    return { reply }
  },
})

const foreseen = (definitions: Definitions, after: ReportedDeadLetter, action: LetterAction): ForeseenLetter => {
  const standing = operated(after, action)
  if (action === 'discard') return { ...standing, dryRun: true, messages: [], money: [] }
  const { subject: natsSubject, service, payload } = after
  const read = codec.decode(Buffer.from(payload, 'base64'))
  const says = read.ok ? [read.message] : []
  const messages: ForeseenLetterMessage[] = says.map(({ type, subject, data }) => ({
    type,
    natsSubject,
    subject,
    data,
    service,
  }))
  return {
    ...standing,
    dryRun: true,
    // As it stands once the broker has it.
    status: 'REDRIVEN',
    sending: false,
    messages: read.ok ? messages : [{ natsSubject, service, payload }],
    money: moneyIn(says, definitions.all),
  }
}

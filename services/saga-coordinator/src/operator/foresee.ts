import { codec } from '@skald/contracts'
import type { Request } from '@skald/host'
import type { Said } from '@skald/messaging'
import { type PersonNeeded, person } from '@skald/saga'
import type { Coordination } from '../coordination.ts'
import type { Definitions } from '../definitions.ts'
import { sagas } from '../store/saga-tables.ts'
import { type Acted, type Asked, act, standing } from './act.ts'
import { type Money, moneyIn } from './money.ts'
import type { Operated } from './operate.ts'

/** A message that would be sent. */
export interface ForeseenMessage extends Said {
  readonly natsSubject: string
}

/** What an action would do. */
export interface Foreseen extends Operated {
  readonly dryRun: true
  readonly messages: readonly ForeseenMessage[]
  readonly money: readonly Money[]
  /** What a skip takes for settled: nothing of it is asked for any more. */
  readonly settledByHand: readonly PersonNeeded[]
}

export type ForeseeReply =
  | { readonly kind: 'done'; readonly answer: Foreseen }
  | { readonly kind: 'refused'; readonly why: string }

/** What an operator's action would do, decided as the action is, on rows that are only looked at: it cannot write any. */
export const foresee = (coordination: Coordination): Request<Asked, ForeseeReply> => ({
  type: 'request:foresee',
  rows: ({ correlationId }) => [{ table: sagas, key: correlationId, readOnly: true }, ...coordination.pauses.rows()],
  decide(request, rows, { nowMs }) {
    const acted = act(coordination, rows, request, nowMs)
    const reply: ForeseeReply =
      'why' in acted
        ? { kind: 'refused', why: acted.why }
        : { kind: 'done', answer: foreseen(coordination.definitions, acted, request.data) }
    return { reply }
  },
})

const foreseen = (definitions: Definitions, acted: Acted, { action }: Asked): Foreseen => {
  const { before, row, definition } = acted
  const says = saidBy(acted)
  return {
    sagaId: row.saga_id,
    action,
    dryRun: true,
    ...standing(row),
    messages: says.map(foreseenMessage),
    money: moneyIn(says, definitions.all),
    settledByHand: action === 'skip' && before.state ? person(definition, before.state) : [],
  }
}

/** The action's own messages, and those of what was held and is used because of it. */
const saidBy = ({ says, answers }: Acted): readonly Said[] => [...says, ...answers.flatMap((answer) => answer.says)]

const foreseenMessage = ({ type, subject, data }: Said): ForeseenMessage => ({
  type,
  natsSubject: codec.wireOf(type),
  subject,
  data,
})

import type { Request } from '@skald/host'
import type { Decision, Message, Rows, Turn } from '@skald/messaging'
import { begin, startRows, unstarted } from '../coordinate.ts'
import type { Coordination } from '../coordination.ts'
import { operatorRequests, type Standing } from '../store/audit-tables.ts'
import { ownName, sagas, subjects } from '../store/saga-tables.ts'

export interface StartSaga {
  readonly definition: string
  readonly version: number
  /** Of the event that starts it: valid by its contract, and about the request's subject. */
  readonly data: unknown
  /** Under which keys the answer is kept, each with a digest of what it was given with. */
  readonly repeatable: readonly { readonly key: string; readonly digest: string }[]
}

/** How a saga stands that has just started. */
export interface Started extends Standing {
  readonly sagaId: string
  readonly definition: string
  readonly version: number
}

export type StartReply =
  | { readonly kind: 'started'; readonly answer: Started }
  | { readonly kind: 'exists'; readonly why: string }
  /** The key that was used for something else. */
  | { readonly kind: 'key-reused'; readonly key: string }

/**
 * Starts the saga that the request is correlated to, as the event of its definition would: the same rows, the same first
 * entry. Nobody has to publish that event, so there is no moment at which it is promised and not yet done. A refusal
 * needs no keeping under a key: names that are taken stay taken.
 */
export const startSaga = (coordination: Coordination): Request<StartSaga, StartReply> => {
  const definitionOf = ({ definition: name, version }: StartSaga) => {
    const definition = coordination.definitions.get(name, version)
    if (!definition) throw new Error(`${name} version ${version} was looked up before it was asked for`)
    return definition
  }
  return {
    type: 'request:start-saga',
    rows: ({ correlationId, subject, data }) => [
      ...startRows(definitionOf(data), correlationId, subject),
      ...data.repeatable.map(({ key }) => ({ table: operatorRequests, key, fresh: true })),
      ...coordination.pauses.rows(),
    ],
    decide(request, rows, turn) {
      const { repeatable } = request.data
      const known = repeatable.flatMap(({ key, digest }) => {
        const answered = rows.get(operatorRequests, key)
        return answered ? [{ key, isSame: answered.body_digest === digest, answer: answered.response as Started }] : []
      })
      const other = known.find(({ isSame }) => !isSame)
      if (other) return { reply: { kind: 'key-reused', key: other.key } }
      const [first] = known
      if (first) return keep(request, { kind: 'started', answer: first.answer }, {}, rows, turn)
      return start(request, rows, turn)
    },
  }

  function start(request: Message<StartSaga>, rows: Rows, turn: Turn): Decision {
    const { correlationId: sagaId, data } = request
    const definition = definitionOf(data)
    if (rows.get(subjects, ownName(sagaId))) {
      return { reply: { kind: 'exists', why: `Saga ${sagaId} exists already, started by another request or message.` } }
    }
    const to: Message = { ...request, type: definition.startedBy, source: '/saga-coordinator', data: data.data }
    const empty = rows.get(sagas, sagaId) ?? unstarted(to, turn)
    const begun = begin(definition, coordination, empty, to, rows, turn)
    const { refuse, open, says = [], record, answers = [], reply: news } = begun
    if (refuse) return { reply: { kind: 'exists', why: `${refuse.detail}.` } }
    const row = rows.get(sagas, sagaId)
    const { name, version } = definition
    const answer = {
      sagaId,
      definition: name,
      version,
      status: row?.status ?? 'RUNNING',
      state: row?.state?.value ?? null,
    }
    // A definition that is paused holds the start: it enters the history when it is used.
    const entries = open ? answers : [{ to, digest: '', says, record }, ...answers]
    return keep(request, { ...(news as object), kind: 'started', answer }, { answers: entries }, rows, turn)
  }
}

/** Keeps the answer under those keys that do not have it yet. */
const keep = (
  { data: { repeatable } }: Message<StartSaga>,
  reply: Extract<StartReply, { readonly kind: 'started' }>,
  decision: Decision,
  rows: Rows,
  { nowMs }: Turn,
): Decision => {
  for (const { key, digest } of repeatable) {
    if (rows.get(operatorRequests, key)) continue
    rows.put(operatorRequests, { key, body_digest: digest, response: reply.answer, created_at: nowMs })
  }
  return { ...decision, reply }
}

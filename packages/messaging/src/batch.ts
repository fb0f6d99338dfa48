import type { Publication } from './bus.ts'
import {
  type DeadLetter,
  deadLetterOf,
  deadLetters,
  letterIdOf,
  REPORT_DEAD_LETTER,
  refusedAgain,
} from './dead-letters.ts'
import { envelop, publicationOf } from './envelope.ts'
import type { Answer, Decision, Handler, Turn } from './handle.ts'
import { derivedId } from './ids.ts'
import { type Handled, type Inbox, inboxRead } from './inbox.ts'
import type { Codec, Message, Said } from './message.ts'
import type { Redriven } from './redrive.ts'
import type { RowRef, TableShape } from './rows.ts'
import { type Change, type Loaded, type Read, StoreError } from './store.ts'
import { tasks } from './tasks.ts'
import { readsOf, WorkingSet } from './working-set.ts'

/** One thing to handle. `digest` is undefined for requests and tasks: they have no inbox row, their own rows guard them. */
export interface Input {
  readonly handler: Handler
  readonly message: Message
  readonly digest: string | undefined
  /** Which repeat of the message this is; what it makes us say again goes out under the same number. */
  readonly repeat: number
  /** It was delivered before, or is a repeat: it may well have been handled. */
  readonly cameBefore: boolean
  /** What a dead letter about this input would hold. */
  readonly letter: ((reason: string, detail: string) => DeadLetter) | undefined
  /** Of a repeat: the dead letter that it left when it came before, if it was refused then. */
  readonly earlierLetter?: string | undefined
  /** Of a dead letter that was sent again: which one. */
  readonly redriven?: Redriven | undefined
  /** An exception in `decide` is a dead letter now, instead of another try. */
  readonly lastTry: boolean
}

export type Outcome =
  | {
      readonly kind: 'handled'
      readonly sends: readonly Publication[]
      readonly reply: unknown
      readonly redeliver: boolean
      /** Earlier messages that became dead letters with this one. */
      readonly refused: readonly Answer[]
    }
  | { readonly kind: 'duplicate'; readonly sends: readonly Publication[] }
  | { readonly kind: 'dead'; readonly sends: readonly Publication[]; readonly reason: string; readonly detail: string }
  /** `decide` threw: nothing of this input was written, it is to be tried again. */
  | { readonly kind: 'failed'; readonly sends: readonly Publication[]; readonly error: unknown }

/** Rows without which a batch, or one input of it, cannot be decided. */
interface Needs {
  readonly needs: readonly RowRef[]
}

export interface Rules {
  readonly source: string
  readonly lockOrder: readonly TableShape[]
  readonly inbox: Inbox
  readonly codec: Codec
}

const NOTHING: readonly Publication[] = []

/**
 * What the transaction of a batch reads: every row that its messages name, then their inbox rows. With `guess` it says
 * which of them are probably not there: the inbox rows of what comes for the first time, and what handlers say is fresh.
 * `more` are rows that turned out to be needed.
 */
export const batchReads = (
  inputs: readonly Input[],
  rules: Rules,
  guess: boolean,
  more: readonly RowRef[] = [],
): Read[] => {
  const refs = [...more]
  const ids: string[] = []
  const fresh = new Set<string>()
  for (const { handler, message, digest, cameBefore, earlierLetter, redriven } of inputs) {
    refs.push(...handler.rows(message))
    const letter = earlierLetter ?? redriven?.letterId
    if (letter !== undefined) refs.push({ table: deadLetters, key: letter })
    if (digest === undefined) continue
    ids.push(message.id)
    if (!cameBefore) fresh.add(message.id)
  }
  const reads: Read[] = [...readsOf(rules.lockOrder, refs), { ...inboxRead(rules.inbox.table, ids), fresh }]
  const wanted = reads.filter(({ keys }) => keys.length > 0)
  return guess ? wanted : wanted.map(({ table, keys, lock }) => ({ table, keys, lock }))
}

/**
 * Decides a whole batch, message by message over the same rows. Pure: the same rows give the same changes and outcomes.
 * Where rows are missing nothing of it is written.
 */
export const decideBatch = (
  inputs: readonly Input[],
  reads: readonly Read[],
  loaded: Loaded,
  rules: Rules,
): { changes: readonly Change[]; result: readonly Outcome[] | Needs } => {
  const rows = new WorkingSet(loaded, reads)
  const outcomes: Outcome[] = []
  const needs: RowRef[] = []
  for (const input of inputs) {
    const decided = decideOne(input, rows, rules)
    if ('needs' in decided) needs.push(...decided.needs)
    else outcomes.push(decided)
  }
  return needs.length > 0 ? { changes: [], result: { needs } } : { changes: rows.changes(), result: outcomes }
}

const decideOne = (input: Input, rows: WorkingSet, rules: Rules): Outcome | Needs => {
  try {
    const preparation = input.handler.prepare?.(input.message, rows)
    if (preparation && 'needs' in preparation) return preparation
    if (preparation) return bury(input, rows, preparation.refuse.reason, preparation.refuse.detail)
    const before = input.digest === undefined ? undefined : rows.get(rules.inbox.table, input.message.id)
    const outcome = before ? again(input, rules.inbox.read(before), rows, rules) : first(input, rows, rules)
    rows.keep()
    return outcome
  } catch (error) {
    rows.undo()
    // What was read one after the other does not fit together: the batch must look again.
    if (error instanceof StoreError) throw error
    if (!input.lastTry || !input.letter) return { kind: 'failed', sends: NOTHING, error }
    const outcome = bury(input, rows, 'handler-failed', error instanceof Error ? error.message : String(error))
    rows.keep()
    return outcome
  }
}

/** The message was handled before. Its outputs may have been lost since: they are said again, and nothing else happens. */
const again = (input: Input, handled: Handled, rows: WorkingSet, rules: Rules): Outcome => {
  const { message, digest, repeat, handler } = input
  if (handled.digest !== digest) {
    rows.undo()
    return bury(
      input,
      rows,
      'other-content',
      `message id ${message.id} was used before for other content; use a new id`,
    )
  }
  const envelope = { source: rules.source, cause: message, handledAtMs: handled.handledAtMs }
  const sends = handled.outputs
    .map((said, ordinal) => envelop(envelope, said, ordinal))
    .filter(({ id }) => handler.stillWanted?.(message, rows, id) ?? true)
    .map((output) => publicationOf(output, repeat, rules.codec))
  // What was prepared for a message that changes nothing is not kept.
  rows.undo()
  return { kind: 'duplicate', sends }
}

const first = (input: Input, rows: WorkingSet, rules: Rules): Outcome => {
  const { message, digest, handler } = input
  const turn: Turn = {
    nowMs: rows.nowMs,
    digest: digest ?? '',
    idOf: (ordinal) => derivedId(message.id, ordinal),
    repeat: input.repeat,
    redriveId: input.redriven?.redriveId,
  }
  const decision = handler.decide(message, rows, turn)
  if (decision.refuse) {
    rows.undo()
    return bury(input, rows, decision.refuse.reason, decision.refuse.detail)
  }
  if (digest !== undefined && !decision.open) {
    remember({ to: message, digest, says: decision.says ?? [], record: decision.record }, rows, rules)
  }
  const { answers = [], reply, redeliver = false } = decision
  const refused = answers.filter(({ refuse }) => refuse !== undefined)
  for (const answer of answers) if (!answer.refuse) remember(answer, rows, rules)
  for (const answer of refused) buryEarlier(answer, rows, rules)
  return { kind: 'handled', sends: sendsOf(message, decision, rows.nowMs, rules), reply, refused, redeliver }
}

const remember = ({ to, digest, says, record }: Answer, rows: WorkingSet, rules: Rules): void => {
  const handled: Handled = { digest, outputs: says, handledAtMs: rows.nowMs }
  rows.add(rules.inbox.table, to.id, rules.inbox.write(to, handled, record))
}

/** Encoded before the commit: what cannot be said, being too large, must not have an effect either. */
const sendsOf = (cause: Message, decision: Decision, handledAtMs: number, { source, codec }: Rules): Publication[] => {
  const make = (to: Message, says: readonly Said[]) =>
    says.map((said, ordinal) => publicationOf(envelop({ source, cause: to, handledAtMs }, said, ordinal), 0, codec))
  return [
    ...make(cause, decision.says ?? []),
    ...(decision.answers ?? []).flatMap(({ to, says }) => make(to, says)),
    ...(decision.repeats ?? []).map(({ message, repeat }) => publicationOf(message, repeat, codec)),
  ]
}

const bury = (input: Input, rows: WorkingSet, reason: string, detail: string): Outcome => {
  // Whoever waits for an answer to a refused command asks again, for as long as nobody sees to it.
  if (input.earlierLetter && rows.get(deadLetters, input.earlierLetter)) return { kind: 'duplicate', sends: NOTHING }
  const letter = input.letter?.(reason, detail)
  const before = letter && input.redriven && redrivenLetter(input.redriven, letter, rows)
  if (before && input.redriven) {
    const after = refusedAgain(before, input.redriven, letter)
    // Handed out again before it was acked.
    if (!after) return { kind: 'duplicate', sends: NOTHING }
    keepLetter(after, rows)
  } else if (letter && !rows.get(deadLetters, letter.id)) keepLetter(letter, rows)
  return { kind: 'dead', sends: NOTHING, reason, detail }
}

/** What was sent again is the letter's own bytes: a header alone reopens nobody's letter. */
const redrivenLetter = ({ letterId }: Redriven, sent: DeadLetter, rows: WorkingSet): DeadLetter | undefined => {
  const letter = rows.get(deadLetters, letterId)
  return letter?.payload === sent.payload && letter.subject === sent.subject ? letter : undefined
}

/** Of a message that was acked when it was held: it is written down as it was said. */
const buryEarlier = ({ to, digest, redriveId, refuse }: Answer, rows: WorkingSet, { codec }: Rules): void => {
  if (!refuse) return
  const subject = codec.wireOf(to.type)
  const letterId = letterIdOf(subject, to.id, digest)
  const unhandled = {
    // Its own letter was not read and may be settled: that it was refused once more must be seen all the same.
    letterId: redriveId === undefined ? letterId : derivedId(`${letterId}/${redriveId}`, 0),
    durable: '',
    subject,
    payload: Buffer.from(codec.encode(to)),
    messageId: to.id,
    type: to.type,
    receivedAtMs: rows.nowMs,
  }
  keepLetter(deadLetterOf(unhandled, refuse.reason, refuse.detail), rows)
}

const keepLetter = (letter: DeadLetter, rows: WorkingSet): void => {
  rows.put(deadLetters, letter)
  // Due at once: the next poll reports it, whichever process that is.
  const task = { kind: REPORT_DEAD_LETTER, due_at: rows.nowMs, token: '', attempts: 0, body: letter.id }
  rows.put(tasks, { id: `${REPORT_DEAD_LETTER}/${letter.id}`, ...task })
}

import type { Message, Said } from './message.ts'
import type { RowRef, Rows } from './rows.ts'

/** This message can never be handled. */
export interface Refusal {
  readonly reason: string
  readonly detail: string
}

/** Something that came earlier and is handled only now, like a command left open: its inbox row is written with it. */
export interface Answer {
  readonly to: Message
  /** The digest the command came with. */
  readonly digest: string
  readonly says: readonly Said[]
  /** Further columns of its inbox row. */
  readonly record?: object | undefined
  /** It turned out to be good for nothing: a dead letter, and no inbox row. */
  readonly refuse?: Refusal
  /** The redrive that brought it, when it was a dead letter before. */
  readonly redriveId?: string | undefined
}

/** A message said before, to be sent once more: same id, same time, Nats-Msg-Id `id:n`. */
export interface Repeat {
  readonly message: Message
  /** 1 or more; a number used before within the broker's dedupe window is swallowed by it. */
  readonly repeat: number
}

export interface Decision {
  /** What is said because of this input, in order. */
  readonly says?: readonly Said[]
  readonly answers?: readonly Answer[]
  readonly repeats?: readonly Repeat[]
  /** Nothing is said yet and no inbox row written: the same message may be decided again, until an Answer closes it. */
  readonly open?: true
  /**
   * What was decided stands, and the message is not acked: it comes again shortly. For one whose ack would tell its sender more
   * than is so. A few hundred at a time in one process, further ones are acked all the same.
   */
  readonly redeliver?: true
  /** Further columns of the inbox row, for an inbox that keeps more than what to say again. */
  readonly record?: object
  /** What a submitted request is answered with, and observers are told, once everything is committed. */
  readonly reply?: unknown
  /** This message can never be handled: it becomes a dead letter with this reason, and nothing else is written. */
  readonly refuse?: Refusal
}

/** What the rows that were read say about further ones. Undefined when the message can be handled with what is there. */
export type Preparation =
  /** Nothing can be decided without these rows: the batch is run again with them. */
  { readonly needs: readonly RowRef[] } | { readonly refuse: Refusal }

/** What a decision may know besides message and rows. */
export interface Turn {
  /** The database's clock, milliseconds since the epoch. */
  readonly nowMs: number
  /** Digest of the message's content; '' for requests and tasks. */
  readonly digest: string
  /** The id that the n-th thing said because of this message will have. */
  readonly idOf: (ordinal: number) => string
  /** Which repeat of the message this is; 0 when it is said for the first time. */
  readonly repeat: number
  /** The redrive that brings the message, when it was a dead letter before. */
  readonly redriveId?: string | undefined
}

/**
 * The one shape: rows by key, then a synchronous decision. It cannot publish, acknowledge or wait, so it can do none
 * of these too early or twice. It may run again from the start (a lost race, a crash): it must not remember anything.
 */
export interface Handler<Data = unknown> {
  readonly type: string
  readonly rows: (message: Message<Data>) => readonly RowRef[]
  readonly decide: (message: Message<Data>, rows: Rows, turn: Turn) => Decision
  /** Called before the message is looked for in the inbox, for rows that are seldom needed. */
  readonly prepare?: (message: Message<Data>, rows: Rows) => Preparation | undefined
  /** Which outputs of a message handled before are worth sending again; all, when not given. */
  readonly stillWanted?: (message: Message<Data>, rows: Rows, outputId: string) => boolean
}

type Speaks = (data: never) => Said
interface AnsweredCommand extends Speaks {
  readonly type: string
  readonly replies: { readonly success: readonly Speaks[]; readonly failure: readonly Speaks[] }
}
type DataOf<C extends Speaks> = Parameters<C>[0]
type ReplyOf<C extends AnsweredCommand> =
  | ReturnType<C['replies']['success'][number]>
  | ReturnType<C['replies']['failure'][number]>

/**
 * A participant's answer to one command. Only events that the contract allows as its reply compile.
 * Throwing means that something is broken, a refusal is a reply.
 */
export const handle = <C extends AnsweredCommand>(
  contract: C,
  handler: {
    readonly rows: (data: DataOf<C>) => readonly RowRef[]
    readonly decide: (data: DataOf<C>, rows: Rows, turn: Turn & { readonly message: Message<DataOf<C>> }) => ReplyOf<C>
  },
): Handler<DataOf<C>> => ({
  type: contract.type,
  rows: (message) => handler.rows(message.data),
  decide: (message, rows, turn) => ({ says: [handler.decide(message.data, rows, { ...turn, message })] }),
})

/**
 * The two constructors of contracts. A contract is data (what a message is called, what it holds, what may answer it,
 * what it undoes) and, called with its data, the message itself: `inventoryReserved({ orderId })`.
 */
import type { z } from 'zod'
import { faultsOf } from './reading.ts'

/** Messages are values: nobody may change one after it was said, so their data is read-only all the way down. */
export type Immutable<T> = T extends string | number | boolean | null | undefined
  ? T
  : { readonly [Key in keyof T]: Immutable<T[Key]> }

/** What is said. Id, time, correlation and cause are added by whoever sends it. Frozen. */
export interface Said<Type extends string = string, Data = unknown> {
  readonly type: Type
  /** What it is about: an order id or a sku. */
  readonly subject: string
  readonly data: Data
}

export type StreamName = 'EVENTS' | 'COMMANDS'

/** For people: generated documents say it, no code decides by it. */
export interface Role {
  /** The service that says the event or sends the command. */
  readonly from: string
  /** The service that a command is for. */
  readonly to?: string
  /** One sentence. */
  readonly about: string
}

interface Described<Type extends string, Data> {
  readonly type: Type
  /** The broker's subject: the type, for commands with `command.` before it. */
  readonly wire: string
  readonly stream: StreamName
  /** What its data must be when it is said: unknown fields refused. */
  readonly schema: z.ZodType
  /** The subject of a message with this data. */
  readonly subjectOf: (data: Data) => string
  readonly role: Role
}

interface EventFacts<Type extends string, Data> extends Described<Type, Data> {
  readonly kind: 'event'
  readonly replies?: undefined
  readonly undoes?: undefined
}

interface CommandFacts<Type extends string, Data, Answers> extends Described<Type, Data> {
  readonly kind: 'command'
  /** The events that may answer it: done, or definitely not done. Silence is neither. */
  readonly replies: Answers
  /** The command whose effect this one takes back, also when that effect never happened. */
  readonly undoes: AnyCommand | undefined
}

/** Called with its data a contract is the message. Throws a TypeError naming the field when the data is not valid. */
type Speak<Type extends string, Data> = (data: Data) => Said<Type, Data>
/** Of a contract not known more closely nothing can be said. */
type SpeakAny = (data: never) => Said

export interface Replies<Success extends readonly AnyEvent[], Failure extends readonly AnyEvent[]> {
  readonly success: Success
  readonly failure: Failure
}
type AnyReplies = Replies<readonly AnyEvent[], readonly AnyEvent[]>

export interface EventContract<Type extends string, Data> extends EventFacts<Type, Data>, Speak<Type, Data> {}
export interface CommandContract<Type extends string, Data, Answers extends AnyReplies>
  extends CommandFacts<Type, Data, Answers>,
    Speak<Type, Data> {}

export interface AnyEvent extends EventFacts<string, never>, SpeakAny {}
export interface AnyCommand extends CommandFacts<string, never, AnyReplies>, SpeakAny {}
export type Contract = AnyEvent | AnyCommand

/** The data of a contract's messages. */
export type DataOf<C extends SpeakAny> = Parameters<C>[0]
/** What may be said in answer to a command. A handler that returns anything else does not compile. */
export type ReplyOf<C extends AnyCommand> =
  | ReturnType<C['replies']['success'][number]>
  | ReturnType<C['replies']['failure'][number]>

/** Lower-case words with dots between them, a version at the end: also a NATS subject without wildcards. */
export const TYPE_PATTERN = /^[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)+\.v[1-9][0-9]{0,4}$/
export const TYPE_MAX_CHARS = 128
/** Set before the type of a command to get its NATS subject; never part of the type. */
export const COMMAND_PREFIX = 'command.'
/** XState's own events: a message of such a type could pass for one of its timers. */
export const RESERVED_PREFIX = 'xstate.'

const checkType = (type: string): void => {
  const reserved = type.startsWith(COMMAND_PREFIX) || type.startsWith(RESERVED_PREFIX)
  if (!reserved && type.length <= TYPE_MAX_CHARS && TYPE_PATTERN.test(type)) return
  throw new TypeError(
    `"${type}" cannot be a message type: write family.name.vN in lower case, such as inventory.reserved.v1, ` +
      `at most ${TYPE_MAX_CHARS} characters, without the prefixes "${COMMAND_PREFIX}" and "${RESERVED_PREFIX}"`,
  )
}

interface Options<Data> extends Role {
  /** What a message with this data is about: an order id or a sku. */
  readonly subject: (data: Data) => string
}

const speaker =
  <Type extends string, Schema extends z.ZodType>(
    type: Type,
    schema: Schema,
    subject: (data: Immutable<z.output<Schema>>) => string,
  ) =>
  (data: Immutable<z.output<Schema>>): Said<Type, Immutable<z.output<Schema>>> => {
    // Said with a fault it would be refused by every reader, after the effect is committed: better never said.
    const checked = schema.safeParse(data)
    if (!checked.success) throw new TypeError(`${type} cannot be said: ${faultsOf(checked.error.issues, data)}`)
    // The parsed copy, so that nothing the caller changes later changes what was said.
    return Object.freeze({ type, subject: subject(data), data: checked.data as Immutable<z.output<Schema>> })
  }

/** A fact that happened. `type` is its name and version; `data` a strict zod schema; `subject` what it is about. */
export const event = <const Type extends string, Schema extends z.ZodType>(
  type: Type,
  schema: Schema,
  options: Options<Immutable<z.output<Schema>>>,
): EventContract<Type, Immutable<z.output<Schema>>> => {
  checkType(type)
  const { subject, ...role } = options
  return Object.freeze(
    Object.assign(speaker(type, schema, subject), {
      kind: 'event' as const,
      type,
      wire: type,
      stream: 'EVENTS' as const,
      schema,
      subjectOf: subject,
      role,
    }),
  )
}

/** Something asked of one participant. `replies` are the only events that may answer it; `undoes` what it takes back. */
export const command = <
  const Type extends string,
  Schema extends z.ZodType,
  const Success extends readonly AnyEvent[],
  const Failure extends readonly AnyEvent[],
>(
  type: Type,
  schema: Schema,
  options: Options<Immutable<z.output<Schema>>> & {
    readonly replies: Replies<Success, Failure>
    readonly undoes?: AnyCommand
  },
): CommandContract<Type, Immutable<z.output<Schema>>, Replies<Success, Failure>> => {
  checkType(type)
  const { subject, replies, undoes, ...role } = options
  return Object.freeze(
    Object.assign(speaker(type, schema, subject), {
      kind: 'command' as const,
      type,
      wire: COMMAND_PREFIX + type,
      stream: 'COMMANDS' as const,
      schema,
      subjectOf: subject,
      role,
      replies,
      undoes,
    }),
  )
}

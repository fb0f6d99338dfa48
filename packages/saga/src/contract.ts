/**
 * What this package needs of a message contract. Contracts are defined elsewhere: any callable with these fields
 * fits, so that sagas of other systems can be run with contracts of their own.
 */

/** A message before it has an id: who runs the saga adds id, time, correlation and causation. */
export interface Said<Type extends string = string, Data = unknown> {
  readonly type: Type
  readonly subject: string
  readonly data: Data
}

/** Called with its data, a contract gives the message. */
export interface MessageContract<Data = never> {
  (data: Data): Said
  readonly type: string
}

export interface CommandContract<Data = never> extends MessageContract<Data> {
  /** The events that may answer: `success` counts whichever attempt it answers, `failure` only for the attempt it names. */
  readonly replies: { readonly success: readonly MessageContract[]; readonly failure: readonly MessageContract[] }
  /** The command whose effect this one undoes. */
  readonly undoes?: MessageContract | undefined
}

/** A command's contract as plain data. */
export interface CommandFacts {
  readonly type: string
  readonly success: readonly string[]
  readonly failure: readonly string[]
  readonly undoes?: string
}

export const isCommand = (contract: MessageContract): contract is CommandContract =>
  'replies' in contract && typeof contract.replies === 'object' && contract.replies !== null

export const factsOf = (contract: CommandContract): CommandFacts => ({
  type: contract.type,
  success: contract.replies.success.map(({ type }) => type),
  failure: contract.replies.failure.map(({ type }) => type),
  ...(contract.undoes && { undoes: contract.undoes.type }),
})

/** The event of a contract as a chart sees it: `EventOf<typeof paymentFailed>`. */
export type EventOf<Contract extends MessageContract> =
  ReturnType<Contract> extends Said<infer Type, infer Data> ? { readonly type: Type; readonly data: Data } : never

/** What a person can say to a saga, as a chart sees it. */
export interface OperatorEvent {
  readonly type: 'operator.retry' | 'operator.skip' | 'operator.cancel'
  readonly reason: string
}

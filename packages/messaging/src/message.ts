/**
 * A message as handlers see it: a CloudEvents 1.0 envelope with our two extensions spelled out.
 * `time` is an RFC 3339 instant; it belongs to the message for ever, a message sent again keeps it.
 */
export interface Message<Data = unknown> {
  readonly id: string
  readonly type: string
  readonly source: string
  /** What the message is about: an order id or a sku. */
  readonly subject: string
  readonly time: string
  readonly correlationId: string
  readonly causationId?: string | undefined
  readonly traceparent?: string | undefined
  readonly data: Data
}

/** What a handler says. Id, time, correlation and causation are added by the runtime, so that no handler can get them wrong. */
export interface Said<Type extends string = string, Data = unknown> {
  readonly type: Type
  readonly subject: string
  readonly data: Data
}

/** Turns bytes into messages and back, and knows on which subject a type travels. */
export interface Codec {
  encode(message: Message): string
  decode(payload: Uint8Array): Decoded
  /** The broker subject of a message type. */
  wireOf(type: string): string
}

export type Decoded =
  | { readonly ok: true; readonly message: Message }
  | {
      readonly ok: false
      readonly reason: string
      readonly detail: string
      readonly id?: string | undefined
      readonly type?: string | undefined
    }

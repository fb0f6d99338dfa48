/** One handing-out of a message by a durable consumer. It comes again until it is acked. */
export interface Delivery {
  readonly durable: string
  readonly subject: string
  readonly payload: Uint8Array
  /** The Nats-Msg-Id header: the message's id, or `id:n` for its n-th repeat. */
  readonly msgId: string | undefined
  /** 1 the first time. */
  readonly deliveries: number
  readonly sequence: number
  ack(): void
  /** Gives it back; it comes again after `delayMs`. */
  nak(delayMs: number): void
  /** Extends the time to handle it by one ack wait. */
  working(): void
}

export interface Publication {
  readonly subject: string
  /** Becomes Nats-Msg-Id: the broker stores the same one only once within its dedupe window. */
  readonly msgId: string
  readonly payload: string
}

export interface PubAck {
  readonly stream: string
  readonly sequence: number
  /** The broker had it already. */
  readonly duplicate: boolean
}

export interface ConsumeOptions {
  /** Names of durables, as the topology calls them. */
  readonly durable: string
  /** Messages handed out and not yet settled, at most. */
  readonly maxInHand: number
  readonly onDelivery: (delivery: Delivery) => void
}

export interface Subscription {
  /** Stops asking for more; what was handed out may still be settled. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/** How far the broker is: what a nudge must know before it asks again. */
export interface Progress {
  readonly streams: Readonly<Record<string, StreamProgress>>
  readonly durables: Readonly<Record<string, DurableProgress>>
}
export interface StreamProgress {
  /** Changes when the stream was made anew: whatever was in it is gone. */
  readonly incarnation: string
  readonly lastSequence: number
}
export interface DurableProgress {
  readonly stream: string
  /** Everything up to here was acked. */
  readonly ackFloor: number
  readonly pending: number
  readonly unacked: number
}

export interface Bus {
  /** Resolves with the broker's PubAck; rejects when none came in time: the message may or may not be stored. */
  publish(publication: Publication): Promise<PubAck>
  /** Whether there is a stream for what is published on the subject. */
  takes(subject: string): boolean
  /** Never ends by itself: it survives reconnects, a lost consumer and a lost stream. */
  consume(options: ConsumeOptions): Subscription
  progress(): Promise<Progress>
}

import type { Message } from './message.ts'

/** What a processor lets others see: counters, times and trouble. Metrics and logs are made of it. */
export interface Observer {
  batch(size: number, transactionMs: number): void
  /** `reply` is what the decision told besides its messages. */
  handled(message: Message, reply: unknown): void
  duplicate(message: Message): void
  /** Outputs of a message handled before, sent again. */
  resent(count: number): void
  redelivered(durable: string): void
  deadLetter(reason: string, message: Message, detail: string): void
  /** `decide` threw; the message is tried again. */
  failed(message: Message, error: unknown): void
  /** A whole batch could not be stored and is tried again. */
  stalled(fault: string, error: unknown): void
  unpublished(message: Message, error: unknown): void
  /** How long after its due time a task was taken. */
  taskTaken(kind: string, lateMs: number): void
  paused(durable: string, reason: string | undefined): void
}

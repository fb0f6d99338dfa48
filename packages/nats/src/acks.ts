import type { NatsConnection } from 'nats'

const ACK = Buffer.from('+ACK')

/** Longest wait of an ack for company. Long enough to meet the next message at a few dozen a second, far below any ack wait; a crash in between only brings the message again. */
const COMPANY_WITHIN_MS = 40

/**
 * Acks that leave with whatever is sent next, or after a few milliseconds. Nobody waits for an ack, but each that goes
 * out alone costs a system call here and wakes the server up.
 */
export class Acks {
  readonly #client: NatsConnection
  #held: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(client: NatsConnection) {
    this.#client = client
  }

  /** `reply` is the subject that settles the message. */
  add(reply: string): void {
    this.#held.push(reply)
    this.#timer ??= setTimeout(() => this.flush(), COMPANY_WITHIN_MS)
  }

  /** Called right before something else is sent: the client writes both at once. */
  flush(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    const held = this.#held
    this.#held = []
    // A closed connection settles nothing, and whoever settles after the end of the process's work need not know.
    if (!this.#client.isClosed()) for (const reply of held) this.#client.publish(reply, ACK)
  }
}

import { allDeadLetters, call, type Letter, lastIn, publishRaw, type RawMessage, type System } from '@skald/e2e'
import { eventually } from '@skald/testing'

/** A message that must become a dead letter, for this reason. */
export interface Injected extends RawMessage {
  readonly reason: string
}

const AT_THE_BROKER = { timeoutMs: 90_000 }
/** A report of a long payload carries its beginning: so many characters of base64 are always there. */
const COMPARED = 100_000

/** What was injected: the dead letters must be exactly these. */
export class Manifest {
  readonly #system: System
  readonly #injected = new Map<string, Injected>()
  #count = 0

  constructor(system: System) {
    this.#system = system
  }

  /** Hostile messages sent so far, those said again not counted. */
  get count(): number {
    return this.#count
  }

  async inject(messages: readonly Injected[]): Promise<void> {
    for (const message of messages) this.#injected.set(keyOf(message.subject, base64(message.payload)), message)
    this.#count += messages.length
    await this.#publish(messages)
  }

  /** A message, and when it has been handled another one under its id, which must be refused. */
  async injectReused(first: RawMessage, other: RawMessage, sku: string): Promise<void> {
    await eventually(async () => {
      // The broker may lose it before it is handled, as often as it likes.
      await publishRaw(this.#system.access().natsUrl, [first])
      await eventually(() => this.#isKnown(sku), { timeoutMs: 5_000 })
    }, AT_THE_BROKER)
    await this.inject([{ ...other, reason: 'other-content' }])
  }

  /** What everybody said last, said again by somebody else: nothing may come of it. */
  async repeatLast(count: number): Promise<void> {
    const said = await eventually(async () => {
      const connection = await this.#system.broker()
      try {
        return [...(await lastIn(connection, 'COMMANDS', count)), ...(await lastIn(connection, 'EVENTS', count))]
      } finally {
        await connection.close()
      }
    }, AT_THE_BROKER)
    await this.#publish(said)
  }

  /** What is not as it must be, both ways, as sentences. */
  async differences(): Promise<readonly string[]> {
    const letters = await allDeadLetters(this.#system.urls.coordinator)
    const found = new Set(letters.map(({ subject, payload }) => keyOf(subject, payload)))
    return [
      ...letters.flatMap((letter) => this.#unexplained(letter)),
      ...this.#missing(found).map(({ subject, reason }) => `a message on ${subject} (${reason}) is no dead letter`),
    ]
  }

  /** Says again what the broker has lost. Gives how many those were. */
  async sayLostAgain(): Promise<number> {
    const letters = await allDeadLetters(this.#system.urls.coordinator)
    const lost = this.#missing(new Set(letters.map(({ subject, payload }) => keyOf(subject, payload))))
    await this.#publish(lost)
    return lost.length
  }

  #missing(found: ReadonlySet<string>): readonly Injected[] {
    return [...this.#injected].filter(([key]) => !found.has(key)).map(([, message]) => message)
  }

  #unexplained({ id, subject, payload, reason, detail }: Letter): readonly string[] {
    const wanted = this.#injected.get(keyOf(subject, payload))?.reason
    if (wanted === reason) return []
    const why = wanted === undefined ? 'nobody injected it' : `it should be ${wanted}`
    return [`dead letter ${id} on ${subject} is ${reason} (${detail}): ${why}`]
  }

  #publish(messages: readonly RawMessage[]): Promise<void> {
    return eventually(() => publishRaw(this.#system.access().natsUrl, messages), AT_THE_BROKER)
  }

  async #isKnown(sku: string): Promise<void> {
    const { status } = await call(`${this.#system.urls.order}/catalogue/${sku}`)
    if (status !== 200) throw new Error(`${sku} is not known yet`)
  }
}

const base64 = (payload: Uint8Array): string => Buffer.from(payload).toString('base64')

const keyOf = (subject: string, payload: string): string => `${subject} ${payload.slice(0, COMPARED)}`

import { randomUUID } from 'node:crypto'
import { jetstream } from '@nats-io/jetstream'
import { codec } from '@skald/contracts'
import { type Message, newId, type Said } from '@skald/messaging'
import { headers, type NatsConnection, type Subscription } from 'nats'

export interface Sending {
  readonly correlationId?: string
  readonly causationId?: string
}

/** Another program at the broker: it hears what is published from now on, and says what it likes. */
export class Bystander {
  readonly heard: Message[] = []
  readonly #connection: NatsConnection
  readonly #subscriptions: readonly Subscription[]

  constructor(connection: NatsConnection, subjects: readonly string[]) {
    this.#connection = connection
    const callback = (_error: Error | null, { data }: { readonly data: Uint8Array }): void => {
      const decoded = codec.decode(data)
      if (decoded.ok) this.heard.push(decoded.message)
    }
    this.#subscriptions = subjects.map((subject) => connection.subscribe(subject, { callback }))
  }

  /** Publishes and waits until the broker has stored it. Gives the message's id. */
  async say(said: Said, { correlationId, causationId }: Sending = {}): Promise<string> {
    const id = newId(Date.now(), randomUUID().replaceAll('-', ''))
    const message: Message = {
      ...said,
      id,
      source: '/bystander',
      time: new Date().toISOString(),
      correlationId: correlationId ?? id,
      ...(causationId !== undefined && { causationId }),
    }
    const head = headers()
    head.set('Nats-Msg-Id', id)
    await jetstream(this.#connection).publish(codec.wireOf(said.type), codec.encode(message), { headers: head })
    return id
  }

  /** What was heard of a type about a subject (an order id or a sku). */
  about(subject: string, type?: string): readonly Message[] {
    return this.heard.filter((message) => message.subject === subject && (type === undefined || message.type === type))
  }

  answersTo(id: string): readonly Message[] {
    return this.heard.filter(({ causationId }) => causationId === id)
  }

  async close(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    await this.#connection.close()
  }
}

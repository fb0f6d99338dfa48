import type { Bus, ConsumeOptions, Delivery, PubAck, Publication } from '@skald/messaging'

export interface Settled {
  readonly how: 'ack' | 'nak'
  readonly delayMs?: number
}

interface Handing {
  readonly subject: string
  readonly msgId?: string | undefined
  readonly deliveries?: number
  /** Its place in the stream; the next one when not given. */
  readonly sequence?: number
}

/** A broker in a variable: what was published, what was settled, and a way to hand messages out. */
export class MemoryBus implements Bus {
  readonly published: Publication[] = []
  readonly paused = new Set<string>()
  /** Publications fail while it is set. */
  failing = false
  readonly #consumers = new Map<string, ConsumeOptions>()
  #sequence = 0

  async publish(publication: Publication): Promise<PubAck> {
    if (this.failing) throw new Error('the broker does not answer')
    this.published.push(publication)
    return { stream: 'S', sequence: this.published.length, duplicate: false }
  }

  takes(subject: string): boolean {
    return /^[a-z]+\.[a-z0-9.-]+$/.test(subject)
  }

  consume(options: ConsumeOptions) {
    this.#consumers.set(options.durable, options)
    return {
      pause: () => void this.paused.add(options.durable),
      resume: () => void this.paused.delete(options.durable),
      stop: async () => undefined,
    }
  }

  async progress() {
    return { streams: {}, durables: {} }
  }

  #nextSequence(): number {
    this.#sequence += 1
    return this.#sequence
  }

  /** Hands a message out by one durable; resolves when it was settled. */
  deliver(
    durable: string,
    payload: string,
    { subject, msgId, deliveries = 1, sequence = this.#nextSequence() }: Handing,
  ): Promise<Settled> {
    return new Promise((resolve) => {
      const delivery: Delivery = {
        durable,
        subject,
        payload: new TextEncoder().encode(payload),
        msgId,
        deliveries,
        sequence,
        ack: () => resolve({ how: 'ack' }),
        nak: (delayMs) => resolve({ how: 'nak', delayMs }),
        working: () => undefined,
      }
      this.#consumers.get(durable)?.onDelivery(delivery)
    })
  }
}

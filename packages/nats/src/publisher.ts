import type { PubAck, Publication } from '@skald/messaging'
import { createInbox, errors, type Msg, type Subscription } from 'nats'
import { type BusError, messageOf, refused, transient } from './bus-error.ts'
import { EncodedHeaders, publishHeaders } from './headers.ts'
import type { Connection, Refusal } from './link.ts'
import { readPubAck } from './pub-ack.ts'
import { Queue } from './queue.ts'
import { isLiteral } from './subjects.ts'

/*
 * A publication is sent, or waits for room, or is rejected at once because there is no connection. One that was sent is
 * settled by the broker's PubAck, by the loss of the connection, or by its timeout, whichever comes first. Nothing is
 * buffered for a connection that is not there: the caller has the message in its database and sends it again, under the
 * same id.
 *
 * The client's own publish costs a third of a saga's rate: a timer, a race of promises and a header map for each message.
 * Here one subscription takes all PubAcks, a Map finds what they belong to, and one timer looks for those overdue.
 */

export interface PublisherOptions {
  /** The stream that stores a subject. */
  readonly streamOf: (subject: string) => string | undefined
  /** From sending to the PubAck. 5 s by default: an election in a cluster takes about that long. */
  readonly timeoutMs?: number | undefined
  /** Sent and not acknowledged; further ones wait. 4096 by default: enough to keep a broker busy at any distance. */
  readonly maxPending?: number | undefined
}

interface Pending {
  readonly publication: Publication
  readonly stream: string
  readonly resolve: (ack: PubAck) => void
  readonly reject: (error: BusError) => void
  deadlineMs: number
}

const TIMEOUT_MS = 5_000
const MAX_PENDING = 4_096
/** How late a timeout may be noticed. */
const SWEEP_EVERY_MS = 250
/** Types of ours are a few dozen; the bound is against subjects made of data. */
const MAX_KNOWN_SUBJECTS = 1_000

export class Publisher {
  readonly #connection: Connection
  readonly #streamOf: PublisherOptions['streamOf']
  readonly #timeoutMs: number
  readonly #maxPending: number
  /** Start of the reply subjects; a token follows that finds the publication again. */
  readonly #inbox: string
  readonly #headers = new EncodedHeaders()
  readonly #streams = new Map<string, string>()
  readonly #sent = new Map<string, Pending>()
  readonly #waiting = new Queue<Pending>()
  #counter = 0
  #subscription: Subscription | undefined
  #sweeps = false

  constructor(connection: Connection, options: PublisherOptions) {
    this.#connection = connection
    this.#streamOf = options.streamOf
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS
    this.#maxPending = options.maxPending ?? MAX_PENDING
    this.#inbox = `${createInbox(connection.inboxPrefix)}.`
    connection.onChange((up) => {
      if (!up) this.#rejectAll(transient('the connection to NATS was lost before the PubAck came'))
    })
    connection.onRefusal((refusal) => this.#onRefusal(refusal))
  }

  /** See `Bus.publish`. Rejects with a BusError; only 'refused' means that it was not, and will never be, stored. */
  publish(publication: Publication): Promise<PubAck> {
    const { subject } = publication
    if (!this.#connection.isUp()) return Promise.reject(transient(`${subject}: there is no connection to NATS`))
    const stream = this.#knownStreamOf(subject)
    if (stream === undefined) return Promise.reject(refused(`${subject}: no stream of the topology takes this subject`))
    return new Promise((resolve, reject) => {
      const pending: Pending = { publication, stream, resolve, reject, deadlineMs: 0 }
      if (this.#sent.size < this.#maxPending && this.#waiting.size === 0) this.#send(pending)
      else this.#waiting.push(pending)
    })
  }

  #knownStreamOf(subject: string): string | undefined {
    const known = this.#streams.get(subject)
    if (known !== undefined) return known
    const found = isLiteral(subject) ? this.#streamOf(subject) : undefined
    if (found !== undefined && this.#streams.size < MAX_KNOWN_SUBJECTS) this.#streams.set(subject, found)
    return found
  }

  #send(pending: Pending): void {
    const { publication, stream } = pending
    const token = (this.#counter++).toString(36)
    try {
      this.#listen()
      this.#connection.acks.flush()
      this.#connection.client.publish(publication.subject, publication.payload, {
        reply: this.#inbox + token,
        headers: this.#headers.holding(publishHeaders(publication.msgId, stream)),
      })
    } catch (error) {
      const make = error instanceof errors.InvalidArgumentError ? refused : transient
      pending.reject(make(`${publication.subject}: ${messageOf(error)}`, error))
      return
    }
    pending.deadlineMs = performance.now() + this.#timeoutMs
    this.#sent.set(token, pending)
    this.#sweepLater()
  }

  #listen(): void {
    if (this.#subscription) return
    this.#subscription = this.#connection.client.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => this.#onAnswer(error, message),
    })
  }

  #onAnswer(error: Error | null, message: Msg): void {
    if (error) {
      // The inbox itself is not permitted; the next publish subscribes, and fails, anew.
      this.#subscription = undefined
      this.#rejectAll(refused(`no PubAck can come in on ${this.#inbox}*: ${error.message}`, error))
      return
    }
    const token = message.subject.slice(this.#inbox.length)
    const pending = this.#sent.get(token)
    if (!pending) return
    this.#sent.delete(token)
    const answer = readPubAck(message)
    if (answer.ack) pending.resolve(answer.ack)
    else pending.reject((answer.isFinal ? refused : transient)(`${pending.publication.subject}: ${answer.detail}`))
    this.#sendWaiting()
  }

  #sendWaiting(): void {
    while (this.#waiting.size > 0 && this.#sent.size < this.#maxPending) {
      const next = this.#waiting.shift()
      if (next) this.#send(next)
    }
  }

  #sweepLater(): void {
    if (this.#sweeps) return
    this.#sweeps = true
    setTimeout(() => this.#sweep(), SWEEP_EVERY_MS)
  }

  /** All have the same timeout, so the oldest are first in the map and the sweep ends at the first that is not due. */
  #sweep(): void {
    this.#sweeps = false
    const nowMs = performance.now()
    for (const [token, pending] of this.#sent) {
      if (pending.deadlineMs > nowMs) break
      this.#sent.delete(token)
      pending.reject(transient(`${pending.publication.subject}: no PubAck within ${this.#timeoutMs} ms`))
    }
    this.#sendWaiting()
    if (this.#sent.size > 0) this.#sweepLater()
  }

  #rejectAll(error: BusError): void {
    const lost = [...this.#sent.values(), ...this.#waiting.drain()]
    this.#sent.clear()
    for (const pending of lost) pending.reject(error)
  }

  /** The server names the subject, not the message; all that are pending on it share the permission. */
  #onRefusal({ operation, subject }: Refusal): void {
    if (operation !== 'publish') return
    for (const [token, pending] of this.#sent) {
      if (pending.publication.subject !== subject) continue
      this.#sent.delete(token)
      pending.reject(refused(`${subject}: NATS does not permit this user to publish on it`))
    }
    this.#sendWaiting()
  }
}

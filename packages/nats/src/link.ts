import { errors, type NatsConnection, type Status } from 'nats'
import { Acks } from './acks.ts'
import { messageOf } from './bus-error.ts'
import type { Report } from './events.ts'
import { wait } from './wait.ts'

export interface Refusal {
  readonly operation: 'publish' | 'subscription'
  readonly subject: string
}

/** A connection that comes back by itself for ever. It is `up` when what is sent now can be expected to arrive. */
export interface Connection {
  readonly client: NatsConnection
  readonly acks: Acks
  readonly inboxPrefix: string
  readonly report: Report
  isUp(): boolean
  /** Calls back after every loss and return; the returned function ends that. */
  onChange(listener: (up: boolean) => void): () => void
  /** Calls back when the server does not permit a subject; the returned function ends that. */
  onRefusal(listener: (refusal: Refusal) => void): () => void
  /** Sends what is waiting, for at most a second, and closes. Never rejects; more than one call is fine. */
  close(): Promise<void>
}

/** What was sent before `close` has so long to leave. */
const FLUSH_TIMEOUT_MS = 1_000

/** Watches the client's connection and tells the others. */
export class Link implements Connection {
  readonly client: NatsConnection
  readonly acks: Acks
  readonly inboxPrefix: string
  readonly report: Report
  readonly #changes = new Set<(up: boolean) => void>()
  readonly #refusals = new Set<(refusal: Refusal) => void>()
  #up = true
  #closing: Promise<void> | undefined
  #lastFault = ''

  constructor(client: NatsConnection, inboxPrefix: string, report: Report) {
    this.client = client
    this.acks = new Acks(client)
    this.inboxPrefix = inboxPrefix
    this.report = report
    const failed = (error: unknown): void => report({ kind: 'fault', detail: messageOf(error) })
    this.#watch().catch(failed)
    this.#awaitEnd().catch(failed)
  }

  isUp(): boolean {
    return this.#up
  }

  onChange(listener: (up: boolean) => void): () => void {
    this.#changes.add(listener)
    return () => {
      this.#changes.delete(listener)
    }
  }

  onRefusal(listener: (refusal: Refusal) => void): () => void {
    this.#refusals.add(listener)
    return () => {
      this.#refusals.delete(listener)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #watch(): Promise<void> {
    for await (const status of this.client.status()) this.#hear(status)
  }

  #hear(status: Status): void {
    const server = this.client.getServer()
    if (status.type === 'disconnect') {
      if (this.#up) this.report({ kind: 'disconnected', server })
      this.#become(false)
    } else if (status.type === 'staleConnection') {
      this.report({ kind: 'stale', server })
      this.#become(false)
    } else if (status.type === 'reconnect') {
      this.#lastFault = ''
      this.report({ kind: 'reconnected', server })
      this.#become(true)
    } else if (status.type === 'error') this.#hearError(status.error)
  }

  #hearError(error: Error): void {
    if (error instanceof errors.PermissionViolationError) {
      const { operation, subject } = error
      this.report({ kind: 'refused', operation, subject })
      for (const listener of this.#refusals) listener({ operation, subject })
    } else if (error.message !== this.#lastFault) {
      // Wrong credentials come back with every try to reconnect; once is enough to read.
      this.#lastFault = error.message
      this.report({ kind: 'fault', detail: error.message })
    }
  }

  #become(up: boolean): void {
    if (this.#up === up) return
    this.#up = up
    for (const listener of this.#changes) listener(up)
  }

  async #awaitEnd(): Promise<void> {
    const error = await this.client.closed()
    if (!this.#closing) this.report({ kind: 'closed', detail: error ? error.message : 'by the client' })
    this.#become(false)
  }

  async #close(): Promise<void> {
    this.acks.flush()
    if (this.#up) {
      const late = new AbortController()
      const flushed = this.client.flush().catch(() => undefined)
      await Promise.race([flushed, wait(FLUSH_TIMEOUT_MS, late.signal)])
      late.abort()
    }
    await this.client.close().catch((error: unknown) => this.report({ kind: 'fault', detail: messageOf(error) }))
  }
}

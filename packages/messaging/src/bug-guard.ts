import type { Subscription } from './bus.ts'
import type { Clock } from './clock.ts'
import type { Message } from './message.ts'
import type { Observer } from './observer.ts'

/** Distinct messages of one type that must fail, with no success between, before it counts as a bug of ours. */
const SUSPECT_AFTER = 10
/** A paused consumer is tried again after this: a rolled-back deployment or a late migration needs no restart. */
const PROBE_AFTER_MS = 5_000
/** Ids remembered a type, at most; far above the threshold. */
const MAX_REMEMBERED = 100

/**
 * Tells garbage from a bug. A message that cannot be handled is a dead letter and others go on; when every message
 * of a type fails, or the schema is missing, the program is wrong: the consumer pauses, says why, and probes. So a
 * bug never turns a whole stream into dead letters, and garbage never stops one.
 */
export class BugGuard {
  readonly #clock: Clock
  readonly #subscriptions: ReadonlyMap<string, Subscription>
  readonly #observer: Observer
  readonly #failing = new Map<string, Set<string>>()
  readonly #paused = new Map<string, string>()

  constructor(clock: Clock, subscriptions: ReadonlyMap<string, Subscription>, observer: Observer) {
    this.#clock = clock
    this.#subscriptions = subscriptions
    this.#observer = observer
  }

  trouble(): ReadonlyMap<string, string> {
    return this.#paused
  }

  /** While a type is suspected, none of its messages is given up: they wait for the fix. */
  suspects(type: string): boolean {
    return (this.#failing.get(type)?.size ?? 0) >= SUSPECT_AFTER
  }

  failed(durable: string, { type, id }: Message, error: unknown): void {
    const ids = this.#failing.get(type) ?? new Set()
    this.#failing.set(type, ids)
    if (ids.size < MAX_REMEMBERED) ids.add(id)
    if (this.suspects(type)) this.#pause(durable, `every ${type} fails: ${textOf(error)}`)
  }

  succeeded(durable: string, type: string): void {
    this.#failing.delete(type)
    if (this.#paused.delete(durable)) this.#observer.paused(durable, undefined)
  }

  /** The database refuses the statements themselves. */
  broken(durable: string, error: unknown): void {
    this.#pause(durable, `the database schema does not fit this program: ${textOf(error)}`)
  }

  #pause(durable: string, reason: string): void {
    const known = this.#paused.has(durable)
    this.#paused.set(durable, reason)
    if (!known) this.#observer.paused(durable, reason)
    this.#subscriptions.get(durable)?.pause()
    this.#clock.after(PROBE_AFTER_MS, () => this.#subscriptions.get(durable)?.resume())
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

import { setTimeout as wait } from 'node:timers/promises'
import type { KindName } from './faults/kind-names.ts'
import type { Moment } from './plan.ts'
import type { Victim } from './victim.ts'

/** A fault that was inflicted. */
export interface Struck {
  readonly kind: KindName
  readonly what: string
  /** From the first moment of the run of faults. */
  readonly atMs: number
  tookMs: number
  /** Why it could not be inflicted. */
  failure?: string
}

/** Inflicts what is planned at its time, whatever became of what came before. */
export class Injector {
  readonly struck: Struck[] = []
  readonly #victim: Victim
  readonly #open = new Set<Promise<void>>()

  constructor(victim: Victim) {
    this.#victim = victim
  }

  get underWay(): number {
    return this.#open.size
  }

  /** Resolves when the last fault is over. */
  async run(moments: readonly Moment[], signal: AbortSignal): Promise<void> {
    const startedMs = performance.now()
    for (const { atMs, faults } of moments) {
      await wait(Math.max(0, startedMs + atMs - performance.now()), undefined, { signal })
      for (const { kind, what, inflict } of faults) this.#strike({ kind, what, atMs, tookMs: 0 }, inflict)
    }
    await Promise.all(this.#open)
  }

  #strike(struck: Struck, inflict: (victim: Victim) => Promise<void>): void {
    this.struck.push(struck)
    const startedMs = performance.now()
    const done: Promise<void> = inflict(this.#victim)
      .catch((error: unknown) => {
        struck.failure = error instanceof Error ? error.message : String(error)
      })
      .finally(() => {
        struck.tookMs = Math.round(performance.now() - startedMs)
        this.#open.delete(done)
      })
    this.#open.add(done)
  }
}

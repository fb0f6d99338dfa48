import type { Clock } from '@skald/messaging'
import type { Point } from './chance.ts'
import type { About } from './faults.ts'
import type { Simulation } from './simulation.ts'

/** How long a process stands still when it does: far beyond ack waits and leases, so that others take over from it and are at work when it goes on. */
const MIN_PAUSE_MS = 200
const MAX_PAUSE_MS = 12_000

/** Asked for twice a call: names that are put together anew each time cost more than the answer. */
const STOPS = {
  before: { crash: 'crash-before', pause: 'pause-before' },
  after: { crash: 'crash-after', pause: 'pause-after' },
} as const

export type Answer<T> = { readonly resolve: (value: T) => void; readonly reject: (error: Error) => void }

/**
 * One process from start to crash. Whatever reaches it passes through `run`: dead, it gets nothing any more, its promises
 * stay open for ever; standing still, it gets everything when it goes on, and knows nothing of the time between.
 */
export class Life {
  readonly name: string
  readonly sim: Simulation
  /** What its clock is ahead of true time. */
  skewMs: number
  readonly clock: Clock
  readonly #onCrash: () => void
  #alive = true
  #pausedUntilMs = 0
  #waiting: (() => void)[] = []

  constructor(sim: Simulation, name: string, skewMs: number, onCrash: () => void) {
    this.sim = sim
    this.name = name
    this.skewMs = skewMs
    this.#onCrash = onCrash
    this.clock = {
      nowMs: () => Math.floor(sim.time.nowMs + this.skewMs),
      after: (delayMs, then) => sim.time.after(delayMs, () => this.run(then)),
    }
  }

  get isAlive(): boolean {
    return this.#alive
  }

  /** Still going to stand for so long; 0 when it runs. */
  get pausedForMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.sim.time.nowMs)
  }

  run(then: () => void): void {
    if (!this.#alive) return
    if (this.#pausedUntilMs > 0) this.#waiting.push(then)
    else {
      this.sim.time.stir()
      then()
    }
  }

  crash(): void {
    if (!this.#alive) return
    this.#alive = false
    this.#waiting = []
    this.sim.trace.note(this.name, this.name, 'CRASH')
    this.#onCrash()
  }

  pause(point: Point): void {
    if (!this.#alive || this.#pausedUntilMs > 0) return
    const forMs = point.between('pause', MIN_PAUSE_MS, MAX_PAUSE_MS)
    this.#pausedUntilMs = this.sim.time.nowMs + forMs
    this.sim.trace.note(this.name, this.name, `STANDS STILL for ${Math.round(forMs)} ms`)
    this.sim.time.effect(forMs, () => {
      this.#pausedUntilMs = 0
      const waiting = this.#waiting
      this.#waiting = []
      for (const then of waiting) this.run(then)
    })
  }

  /**
   * A call that leaves the process and comes back. A fault may end or stop the process right before it leaves and right
   * after it did its work, before the answer is seen.
   */
  call<T>(point: Point, perform: (answer: Answer<T>) => void, about?: () => About | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const back = (settle: () => void): void => {
        if (!this.#alive) return
        this.#stopsAt('after', point, about)
        this.run(settle)
      }
      const answer: Answer<T> = {
        resolve: (value) => back(() => resolve(value)),
        reject: (error) => back(() => reject(error)),
      }
      this.run(() => {
        this.#stopsAt('before', point, about)
        this.run(() => perform(answer))
      })
    })
  }

  /** A call that nobody waits for. */
  tell(point: Point, perform: () => void, about?: () => About | undefined): void {
    this.run(() => {
      this.#stopsAt('before', point, about)
      this.run(() => {
        perform()
        this.#stopsAt('after', point, about)
      })
    })
  }

  #stopsAt(when: 'before' | 'after', point: Point, about?: () => About | undefined): void {
    const { faults } = this.sim
    const { crash, pause } = STOPS[when]
    if (faults.strike(crash, point, about)) this.crash()
    else if (faults.strike(pause, point, about)) this.pause(point)
  }
}

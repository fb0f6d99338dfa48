/*
 * Time that passes only when nothing is left to do at the present moment: a heap of events, each run at its time, in the
 * order in which they were asked for when their times are equal. Code under test is made of promises; before the next
 * event all of its microtasks run, if the last one woke any. Nothing waits for a macrotask, which is what makes a virtual
 * minute cost milliseconds.
 */

/** An arbitrary day that is far enough from any real one to be recognised. */
const BEGIN_MS = 1_900_000_000_000

interface Timed {
  readonly atMs: number
  readonly order: number
  run: (() => void) | undefined
}

const isBefore = (one: Timed, other: Timed): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)

export class VirtualTime {
  nowMs = BEGIN_MS
  /** Events that ran. */
  events = 0
  readonly #heap: Timed[] = []
  #order = 0
  #lastEffectMs = 0
  #isStirred = false

  /** Since the begin of the run. */
  get elapsedMs(): number {
    return this.nowMs - BEGIN_MS
  }

  /** Runs something once after a delay; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void {
    const timed = this.#plan(delayMs, run)
    return () => {
      timed.run = undefined
    }
  }

  /** As `after`, for what is still on its way: a run is not over before it has arrived. */
  effect(delayMs: number, run: () => void): void {
    this.#plan(delayMs, run)
    this.#lastEffectMs = Math.max(this.#lastEffectMs, this.nowMs + delayMs)
  }

  /** How long something will still be on its way. */
  get effectsForMs(): number {
    return Math.max(0, this.#lastEffectMs - this.nowMs)
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#plan(delayMs, () => {
        this.stir()
        resolve()
      })
    })
  }

  /** Said by each event that wakes whoever may go on by promises: only after these the promises are waited for. */
  stir(): void {
    this.#isStirred = true
  }

  /** Lets time pass until `isDone` or until so much has passed; whether it was done. */
  async pass(forMs: number, isDone: () => boolean = () => false): Promise<boolean> {
    const untilMs = this.nowMs + forMs
    await microtasks()
    for (;;) {
      if (isDone()) return true
      const next = this.#heap[0]
      if (next === undefined || next.atMs > untilMs) {
        this.nowMs = untilMs
        return isDone()
      }
      this.#pop()
      if (next.run === undefined) continue
      this.nowMs = next.atMs
      this.events++
      next.run()
      if (!this.#isStirred) continue
      this.#isStirred = false
      await microtasks()
    }
  }

  #plan(delayMs: number, run: () => void): Timed {
    const timed: Timed = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#push(timed)
    return timed
  }

  #push(timed: Timed): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(timed)
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up] as Timed
      if (!isBefore(timed, parent)) break
      heap[at] = parent
      at = up
    }
    heap[at] = timed
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      const left = heap[down]
      if (left === undefined) break
      const right = heap[down + 1]
      if (right !== undefined && isBefore(right, left)) down++
      const child = heap[down] as Timed
      if (!isBefore(child, last)) break
      heap[at] = child
      at = down
    }
    heap[at] = last
  }
}

/** Resolves when no promise has anything left to do: Node runs its ticks only after the last microtask. */
const microtasks = (): Promise<void> => new Promise(whenDone)
const whenDone = (resolve: () => void): void => process.nextTick(resolve)

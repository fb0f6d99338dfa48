import { type Point, Points } from './chance.ts'
import { type FaultOptions, Faults } from './faults.ts'
import { Trace } from './trace.ts'
import { VirtualTime } from './virtual-time.ts'

export interface SimulationOptions extends FaultOptions {
  readonly seed: number
  /** Keeps what happens in words. */
  readonly recording?: boolean
}

/** What every simulated part shares: time, chance, faults, and the record of what happened. */
export class Simulation {
  readonly seed: number
  readonly time = new VirtualTime()
  /** What is drawn for the run as a whole. */
  readonly run: Point
  readonly faults: Faults
  readonly trace: Trace
  /** Counts what was written or settled anywhere: as long as it stands still, nothing has happened. */
  changes = 0
  readonly #points: Points

  constructor({ seed, recording = false, ...faults }: SimulationOptions) {
    this.seed = seed
    this.#points = new Points(seed)
    this.run = this.#points.run
    this.faults = new Faults(this.run, () => this.time.elapsedMs, faults)
    this.trace = new Trace(() => this.time.elapsedMs, recording)
  }

  /** The next point of its kind: the third publish of that type by that process is the same in every run. */
  point(...words: readonly string[]): Point {
    return this.#points.next(...words)
  }
}

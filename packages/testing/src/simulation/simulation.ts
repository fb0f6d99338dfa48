import { Chance } from './chance.ts'
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
  readonly chance: Chance
  readonly faults: Faults
  readonly trace: Trace
  /** Counts what was written or settled anywhere: as long as it stands still, nothing has happened. */
  changes = 0
  readonly #ordinals = new Map<string, number>()

  constructor({ seed, recording = false, ...faults }: SimulationOptions) {
    this.seed = seed
    this.chance = new Chance(seed)
    this.faults = new Faults(this.chance, () => this.time.elapsedMs, faults)
    this.trace = new Trace(() => this.time.elapsedMs, recording)
  }

  /** The name of the next point of a kind: the third publish of that type by that process is the same in every run. */
  point(label: string): string {
    const ordinal = (this.#ordinals.get(label) ?? 0) + 1
    this.#ordinals.set(label, ordinal)
    return `${label} #${ordinal}`
  }
}

import type { System } from '@skald/e2e'
import { type CpuSample, cpuBetween, sampleCpu } from '../benchmark/cpu.ts'
import { residentBytes } from '../benchmark/memory.ts'
import type { Span } from './figures.ts'
import { type Sizes, sizesOf } from './sizes.ts'

/** What the system used in a part of a run, and how large it was at its end. */
export interface Stretch {
  readonly span: Span
  /** By process, over all its lives; what a process used in the last second before its death is not known. */
  readonly cpuMicros: Readonly<Record<string, number>>
  readonly residentBytes: Readonly<Record<string, number>>
  /** Undefined when a server was away. */
  readonly sizes: Sizes | undefined
}

const LOOK_EVERY_MS = 1_000

/** Divides a run into equal parts and looks at the system, from outside, in each. */
export class Stretches {
  readonly done: Stretch[] = []
  readonly #system: System
  readonly #everyMs: number
  readonly #used = new Map<string, number>()
  #sample: CpuSample
  #fromMs = Date.now()
  #closing: Promise<void> = Promise.resolve()
  readonly #timer: NodeJS.Timeout

  constructor(system: System, everyMs: number) {
    this.#system = system
    this.#everyMs = everyMs
    this.#sample = sampleCpu(system.home)
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  /** The part under way is left out; more than once is fine. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#closing
  }

  #look(): void {
    const sample = sampleCpu(this.#system.home)
    for (const [name, micros] of cpuBetween(this.#sample, sample).byProcess)
      this.#used.set(name, (this.#used.get(name) ?? 0) + micros)
    this.#sample = sample
    const toMs = Date.now()
    if (toMs - this.#fromMs < this.#everyMs) return
    const stretch = {
      span: { fromMs: this.#fromMs, toMs },
      cpuMicros: Object.fromEntries(this.#used),
      residentBytes: residentBytes(this.#system.home),
    }
    this.#used.clear()
    this.#fromMs = toMs
    this.#closing = this.#closing.then(() => this.#close(stretch))
  }

  async #close(stretch: Omit<Stretch, 'sizes'>): Promise<void> {
    const sizes = await sizesOf(this.#system).catch(() => undefined)
    this.done.push({ ...stretch, sizes })
  }
}

import { sumOf } from './metrics.ts'
import { type ServiceProcess, serviceProcesses } from './processes.ts'

/** Counters that a restart sets back to zero, added up over all lives of the processes. */
export class Counters<Name extends string> {
  readonly #names: readonly Name[]
  readonly #read: (service: ServiceProcess) => Promise<string>
  readonly #last = new Map<string, number>()
  readonly #earlierLives = new Map<string, number>()

  constructor(names: readonly Name[], read: (service: ServiceProcess) => Promise<string>) {
    this.#names = names
    this.#read = read
  }

  /** Reads all services. Call it right before a kill: what is counted between the two is lost. */
  async sample(): Promise<void> {
    await Promise.all(
      serviceProcesses.map(async (service) => {
        const text = await this.#read(service)
        if (text !== '') for (const name of this.#names) this.#note(`${service} ${name}`, sumOf(text, name))
      }),
    )
  }

  #note(series: string, value: number): void {
    const last = this.#last.get(series) ?? 0
    if (value < last) this.#earlierLives.set(series, (this.#earlierLives.get(series) ?? 0) + last)
    this.#last.set(series, value)
  }

  /** The sums over all services and all of their lives, as far as they were sampled. */
  totals(): Readonly<Record<Name, number>> {
    const total = (name: Name): number =>
      serviceProcesses.reduce((sum, service) => {
        const series = `${service} ${name}`
        return sum + (this.#last.get(series) ?? 0) + (this.#earlierLives.get(series) ?? 0)
      }, 0)
    return Object.fromEntries(this.#names.map((name) => [name, total(name)])) as Record<Name, number>
  }
}

import { setTimeout as wait } from 'node:timers/promises'
import { type AnotherProcess, type First, firstOf, type ServiceProcess, type System, startAnother } from '@skald/e2e'

/** As `dev` waits before it starts a process again. */
const START_AGAIN_MS = 300

/** A process of a service beside the first one, kept alive as `dev` keeps the first. */
export class ExtraProcess {
  readonly name: string
  readonly service: ServiceProcess
  readonly #first: First
  readonly #ordinal: number
  readonly #died: () => void
  #now: AnotherProcess
  #stopping = false
  readonly #watching: Promise<void>

  private constructor(first: First, ordinal: number, now: AnotherProcess, died: (name: string) => void) {
    this.service = first.name
    this.name = `${first.name}-${ordinal}`
    this.#first = first
    this.#ordinal = ordinal
    this.#died = () => died(this.name)
    this.#now = now
    this.#watching = this.#watch()
  }

  static async start(
    system: System,
    name: ServiceProcess,
    ordinal: number,
    died: (name: string) => void,
  ): Promise<ExtraProcess> {
    const first = firstOf(system.home, name)
    return new ExtraProcess(first, ordinal, await startAnother(first, ordinal), died)
  }

  get url(): string {
    return this.#now.url
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#now.stop()
    await this.#watching
    // One that was being started when the stop came.
    await this.#now.stop()
  }

  async #watch(): Promise<void> {
    for (;;) {
      await this.#now.ended
      if (this.#stopping) return
      this.#died()
      await wait(START_AGAIN_MS)
      // The watcher of the dead one, and its folder.
      await this.#now.stop()
      this.#now = await startAnother(this.#first, this.#ordinal)
    }
  }
}

import { CrashPoints, type ServiceProcess, type System } from '@skald/e2e'
import { until } from '@skald/servers'
import type { Cell } from './cells.ts'
import type { World } from './world.ts'

/** How long a provocation may go without the kill that it is for, until the next one. */
const PROVOKE_EVERY_MS = 3_000
/** On a loaded machine, with the other services dying, too. Not a time: this process may stand still as well. */
const MAX_PROVOCATIONS = 40

export interface Kill {
  readonly cell: Cell
  readonly pid: number
  /** From arming to the kill. */
  readonly tookMs: number
}

export const nameOf = ({ service, input, point }: Cell): string => `${service} ${input}: ${point.name}`

/** Kills one service at one cell after the other, while others do the same with the other services. */
export class Executioner {
  readonly kills: Kill[] = []
  readonly missed: string[] = []
  /** Kinds of tasks that the service has asked for. */
  readonly kinds = new Set<string>()
  readonly #points: CrashPoints
  readonly #world: World
  readonly #provocations = new Set<Promise<unknown>>()
  readonly #failures: unknown[] = []

  constructor(system: System, service: ServiceProcess, world: World) {
    this.#world = world
    this.#points = new CrashPoints(system, service)
    this.#points.listen((sighting) => {
      if (sighting.what === 'claim') for (const kind of sighting.kinds) this.kinds.add(kind)
    })
  }

  /** Goes through the cells until they or the time are over. */
  async run(cells: readonly Cell[], endsAtMs: number): Promise<void> {
    for (const cell of cells) {
      if (performance.now() >= endsAtMs) break
      await this.#kill(cell, endsAtMs)
    }
    this.#points.disarm()
  }

  /** Waits until all that was provoked has been answered, and throws when something never was. */
  async settled(): Promise<void> {
    await Promise.all(this.#provocations)
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'some provocations failed')
  }

  async #kill(cell: Cell, endsAtMs: number): Promise<void> {
    const armedMs = performance.now()
    let pid: number | undefined
    void this.#points.arm(cell.point.trigger()).then((killed) => {
      pid = killed
    })
    for (let tries = 0; pid === undefined && tries < MAX_PROVOCATIONS; tries += 1) {
      if (performance.now() >= endsAtMs) return
      this.#provoke(cell)
      await until(() => pid !== undefined, PROVOKE_EVERY_MS)
    }
    if (pid === undefined) this.missed.push(nameOf(cell))
    else this.kills.push({ cell, pid, tookMs: performance.now() - armedMs })
  }

  #provoke(cell: Cell): void {
    const provoked: Promise<unknown> = cell
      .provoke(this.#world)
      .catch((error: unknown) => this.#failures.push(new Error(nameOf(cell), { cause: error })))
      .finally(() => this.#provocations.delete(provoked))
    this.#provocations.add(provoked)
  }
}

import type { Schedule } from './schedule.ts'

/** What many schedules came to. */
export class Tally {
  schedules = 0
  failed = 0
  events = 0
  virtualMs = 0
  faults = 0
  readonly #startedMs = performance.now()
  readonly faultsOf = new Map<string, number>()
  readonly endings = new Map<string, number>()

  add({ violations, events, virtualMs, faults, endings }: Schedule): void {
    this.schedules++
    if (violations.length > 0) this.failed++
    this.events += events
    this.virtualMs += virtualMs
    this.faults += faults.length
    for (const { kind } of faults) count(this.faultsOf, kind, 1)
    for (const [status, sagas] of Object.entries(endings)) count(this.endings, status, sagas)
  }

  /** As data, for `--json`. */
  report(): object {
    return {
      schedules: this.schedules,
      failed: this.failed,
      events: this.events,
      virtualMs: Math.round(this.virtualMs),
      faults: this.faults,
      faultsOf: Object.fromEntries(this.faultsOf),
      sagas: Object.fromEntries(this.endings),
      ...this.#speed(),
    }
  }

  verdict(): string {
    const { seconds, cpuSeconds, schedulesAMinute } = this.#speed()
    const took = `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU, ${schedulesAMinute} a minute`
    return `${this.schedules} schedules, ${this.failed} failed, ${took}`
  }

  #speed() {
    const seconds = (performance.now() - this.#startedMs) / 1_000
    const { user, system } = process.cpuUsage()
    const schedulesAMinute = Math.round((this.schedules / seconds) * 60)
    return { seconds, cpuSeconds: (user + system) / 1e6, schedulesAMinute }
  }

  /** As a table, for a person. */
  table(): string {
    const lines = [...this.faultsOf].sort(([, one], [, other]) => other - one)
    const sagas = [...this.endings].map(([status, sum]) => `${sum} ${status}`).join(', ')
    return [
      ...lines.map(([kind, sum]) => `${kind.padEnd(24)}${String(sum).padStart(12)}`),
      `sagas: ${sagas}`,
      `${Math.round(this.virtualMs / 1_000)} virtual seconds, ${this.events} events, ${this.faults} faults`,
    ].join('\n')
  }
}

const count = (sums: Map<string, number>, name: string, more: number): void => {
  sums.set(name, (sums.get(name) ?? 0) + more)
}

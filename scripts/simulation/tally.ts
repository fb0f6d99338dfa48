import type { Schedule } from './schedule.ts'

/** What many schedules came to. */
export class Tally {
  schedules = 0
  failed = 0
  events = 0
  virtualMs = 0
  faults = 0
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
    }
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

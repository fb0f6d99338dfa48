import { readFileSync } from 'node:fs'

/** Who was killed or ended by our hand, and who died at all: the two must agree. */
export class Deaths {
  readonly #ours = new Map<string, Set<number>>()
  /** Of processes that we keep alive ourselves. */
  readonly #seen = new Map<string, number>()

  /** Two signals to one process are one death. */
  noteOurs(name: string, pid: number): void {
    const pids = this.#ours.get(name) ?? new Set()
    this.#ours.set(name, pids.add(pid))
  }

  noteSeen(name: string): void {
    this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1)
  }

  isOurs(name: string, pid: number): boolean {
    return this.#ours.get(name)?.has(pid) ?? false
  }

  /** How often each process died, by what `dev` wrote and what we saw ourselves; and how often by our hand. */
  counts(names: readonly string[], devLog: string): readonly DeathCount[] {
    const lines = readFileSync(devLog, 'utf8').split('\n')
    return names.map((name) => {
      const told = lines.filter((line) => line.startsWith(`${name.padEnd(17)} died (`)).length
      return { name, died: told + (this.#seen.get(name) ?? 0), ours: this.#ours.get(name)?.size ?? 0 }
    })
  }
}

export interface DeathCount {
  readonly name: string
  readonly died: number
  /** A start for each of these, and the first one. */
  readonly ours: number
}

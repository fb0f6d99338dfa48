import { readFileSync, writeFileSync } from 'node:fs'
import { sagas, subjects } from '@skald/saga-coordinator'
import type { About, FaultKind } from '@skald/testing/simulation'
import type { World } from './world.ts'

/*
 * Cells that schedules have reached: the state of a saga, what was under way for it, and the fault that struck. Each cell is
 * a text, `state | event | fault`. The list of those that must be reached is committed; one of them that no schedule of a
 * long run reaches any more is a hole in what is simulated.
 */

const REACHABLE = new URL('reachable.json', import.meta.url)
/** Reached less often than this in the run that wrote the list, a cell may be missed by chance, and is not listed. */
const SURELY = 25

export const reachable = (): readonly string[] => JSON.parse(readFileSync(REACHABLE, 'utf8')) as string[]

export class Coverage {
  readonly cells = new Map<string, number>()

  /** Counts the faults that strike in a world. */
  watch(world: World): void {
    world.sim.faults.onStrike = (kind, about) => this.#count(world, kind, about)
  }

  add(cells: ReadonlyMap<string, number>): void {
    for (const [cell, count] of cells) this.cells.set(cell, (this.cells.get(cell) ?? 0) + count)
  }

  /** Cells that were reached in the past and not by these schedules. */
  get lost(): readonly string[] {
    return reachable().filter((cell) => !this.cells.has(cell))
  }

  /** What a run of this length must reach from now on. */
  write(): number {
    const sure = [...this.cells].flatMap(([cell, count]) => (count >= SURELY ? [cell] : []))
    const sorted = sure.toSorted((one, other) => (one < other ? -1 : 1))
    writeFileSync(REACHABLE, `${JSON.stringify(sorted, null, 1)}\n`)
    return sorted.length
  }

  #count(world: World, kind: FaultKind, { event, whose }: About): void {
    const state = stateOf(world, whose)
    if (state === undefined) return
    const cell = `${state} | ${event} | ${kind}`
    this.cells.set(cell, (this.cells.get(cell) ?? 0) + 1)
  }
}

/** The outermost state of a saga, by its id or the order it is about; undefined for what belongs to no saga. */
const stateOf = ({ databases: { saga } }: World, whose: string): string | undefined => {
  const subject = saga.memory.row(subjects, `order/${whose}`) ?? saga.memory.row(subjects, `trip/${whose}`)
  const row = saga.memory.row(sagas, subject ? subject.saga_id : whose)
  if (!row) return undefined
  const value = row.state?.value ?? 'not started'
  return typeof value === 'string' ? value : Object.keys(value).join()
}

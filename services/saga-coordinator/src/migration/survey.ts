import type { Migration } from '@skald/saga'
import type { MigrationReading } from '../store/migration-reading.ts'
import { type Move, weighed } from './migrated.ts'

/** Sagas of which the same is to be said. */
export interface Group {
  readonly what: string
  readonly count: number
  /** Some of them. */
  readonly sagaIds: readonly string[]
}

/** What a migration would do to the sagas that live now. */
export interface Survey {
  readonly total: number
  /** The other version would have done the same from the beginning. */
  readonly safe: number
  /** It would have done otherwise, and the mapping says where they go on. */
  readonly mapped: readonly Group[]
  readonly needsMapping: readonly Group[]
  readonly impossible: readonly Group[]
}

/** Sagas that are looked at together. */
export const PAGE = 500
const NAMED = 10

type Heading = 'mapped' | 'needsMapping' | 'impossible'

/** Runs the history of every live saga of a version on the chart of the other. */
export const survey = async (reading: MigrationReading, move: Move): Promise<Survey> => {
  const groups = { mapped: new Groups(), needsMapping: new Groups(), impossible: new Groups() }
  let [total, safe] = [0, 0]
  for (let after = ''; ; ) {
    const page = await reading.page(move.from.name, move.from.version, after, PAGE)
    for (const { row, steps } of page) {
      const migration = weighed(move, row, steps)
      total += 1
      if (migration === 'unstarted' || migration.kind === 'safe') safe += 1
      else groups[headingOf(migration)].add(whatOf(migration), row.saga_id)
    }
    const last = page.at(-1)
    if (last === undefined) break
    after = last.row.saga_id
  }
  const { mapped, needsMapping, impossible } = groups
  return {
    total,
    safe,
    mapped: mapped.list(),
    needsMapping: needsMapping.list(),
    impossible: impossible.list(),
  }
}

const headingOf = ({ kind }: Exclude<Migration, { kind: 'safe' }>): Heading =>
  kind === 'needs-mapping' ? 'needsMapping' : kind

const whatOf = (migration: Exclude<Migration, { kind: 'safe' }>): string => {
  const { seq, what } = migration.difference
  const differs = `entry ${seq} would differ: ${what}`
  if (migration.kind === 'needs-mapping') return `${differs}. Say where ${migration.states.join(' and ')} goes on.`
  return migration.kind === 'impossible' ? `${migration.why.join('; ')}. ${differs}` : differs
}

class Groups {
  readonly #byWhat = new Map<string, { count: number; readonly sagaIds: string[] }>()

  add(what: string, sagaId: string): void {
    const group = this.#byWhat.get(what) ?? { count: 0, sagaIds: [] }
    group.count += 1
    if (group.sagaIds.length < NAMED) group.sagaIds.push(sagaId)
    this.#byWhat.set(what, group)
  }

  list(): readonly Group[] {
    return [...this.#byWhat].map(([what, group]) => ({ what, ...group }))
  }
}

import type { Change, TableShape } from '@skald/messaging'
import {
  type Archive,
  type ArchivedSaga,
  type ArchivedStep,
  archivedSagas,
  detours,
  type HistoryRow,
  history,
  type SagaRow,
  sagas,
} from '@skald/saga-coordinator'
import type { Life, SimDatabase } from '@skald/testing/simulation'

/** The archive on a simulated database: in PostgreSQL it is one statement. No partitions, and nothing is forgotten. */
export const archiveOf = (database: SimDatabase, life: Life): Archive => ({
  async archive(_from, limit, afterMs) {
    const { memory, sim } = database
    const isIdle = (row: SagaRow, nowMs: number): boolean => idleAtMs(row, afterMs) <= nowMs
    await untilIdle(database, life, afterMs)
    const idle = memory.all(sagas).filter((row) => isIdle(row, sim.time.nowMs))
    const keys = idle.slice(0, limit).map(({ saga_id }) => saga_id)
    if (keys.length === 0) return { archived: 0, next: undefined }
    const past = memory.all(history).filter(({ saga_id }) => keys.includes(saga_id))
    const reads = [
      { table: sagas, keys, lock: true },
      { table: history, keys: past.map(({ message_id }) => message_id), lock: false },
    ]
    const archived = await database.storeOf(life).transact(reads, (loaded) => {
      const { nowMs } = loaded
      const steps = Map.groupBy(
        past.flatMap(({ message_id }) => (loaded.get(history, message_id) as HistoryRow | undefined) ?? []),
        ({ saga_id }) => saga_id,
      )
      const whole = keys.flatMap((key) => {
        const row = loaded.get(sagas, key) as SagaRow | undefined
        const own = (steps.get(key) ?? []).toSorted((one, other) => one.seq - other.seq)
        return row && isIdle(row, nowMs) && own.length === row.revision ? [archivedOf(row, own)] : []
      })
      const gone = whole.map(({ saga_id }) => saga_id)
      const entries = gone.flatMap((key) => (steps.get(key) ?? []).map(({ message_id }) => message_id))
      const changes = [
        changeOf(archivedSagas, { inserts: whole }),
        changeOf(sagas, { deletes: gone }),
        changeOf(detours, { deletes: gone }),
        changeOf(history, { deletes: entries }),
      ]
      return { changes: gone.length === 0 ? [] : changes, result: gone.length }
    })
    return { archived, next: undefined }
  },
  keepMonths: () => Promise.resolve(),
})

/** From when on a saga is left alone; infinite for one that runs or holds messages. */
const idleAtMs = ({ ended_at, updated_at, held }: SagaRow, afterMs: number): number =>
  ended_at !== null && held.length === 0 ? updated_at + afterMs + 1 : Number.POSITIVE_INFINITY

/** Walks that would find nothing are not made; the next one of the real walker comes within a quarter of the age. */
const untilIdle = (database: SimDatabase, life: Life, afterMs: number): Promise<void> =>
  new Promise((resolve) => {
    const { memory, sim } = database
    const point = sim.point(life.name, 'walks')
    const nextIdleMs = (): number => {
      let earliest = Number.POSITIVE_INFINITY
      for (const row of memory.rows(sagas)) earliest = Math.min(earliest, idleAtMs(row, afterMs))
      return earliest
    }
    const walk = (): void => void sim.time.after(point.between('rest', 0, afterMs / 4), () => life.run(resolve))
    database.whenDue(life, nextIdleMs, walk)
  })

const NOTHING = { inserts: [], updates: [], upserts: [], deletes: [] }
const changeOf = (table: TableShape, change: Partial<Change>): Change => ({ table, ...NOTHING, ...change })

const archivedOf = (row: SagaRow, steps: readonly HistoryRow[]): ArchivedSaga => {
  const { saga_id, definition, version, status, business_key, revision, started_at, updated_at, hash, state } = row
  const ended_at = row.ended_at ?? updated_at
  const body = { hash, state, steps: steps.map(archivedStepOf) }
  return { saga_id, definition, version, status, business_key, revision, started_at, updated_at, ended_at, body }
}

const archivedStepOf = ({ seq, at, message_id, type, causation_id, input, ...rest }: HistoryRow): ArchivedStep => {
  const { from_state, to_state, outputs, note, digest } = rest
  return [seq, at, message_id, type, causation_id, input, from_state, to_state, outputs, note, digest]
}

import type { SagaClient } from '@skald/database/saga'
import type { MigrationRow, MigrationStatus } from './migration-table.ts'
import { sagaOf, stepOf } from './reading.ts'
import type { HistoryRow, SagaRow } from './saga-tables.ts'

export interface WithHistory {
  readonly row: SagaRow
  readonly steps: readonly HistoryRow[]
}

/** Reads for migrations: whole sagas, a page at a time. What was read may have moved on since. */
export interface MigrationReading {
  /** Live sagas of a version, by their ids. */
  page(definition: string, version: number, after: string, limit: number): Promise<readonly WithHistory[]>
  find(migrationId: string): Promise<MigrationRow | undefined>
}

export const migrationReading = (client: SagaClient): MigrationReading => ({
  async page(definition, version, after, limit) {
    const rows = await client.saga.findMany({
      where: { definition, version, ended_at: null, saga_id: { gt: after } },
      orderBy: { saga_id: 'asc' },
      take: limit,
    })
    const saga_id = { in: rows.map((row) => row.saga_id) }
    const steps = await client.history.findMany({ where: { saga_id }, orderBy: { seq: 'asc' } })
    const bySaga = Map.groupBy(steps, (step) => step.saga_id)
    return rows.map((row) => ({
      row: sagaOf(row),
      // Entries that were written between the two reads are not of this row.
      steps: (bySaga.get(row.saga_id) ?? []).filter(({ seq }) => seq <= row.revision).map(stepOf),
    }))
  },
  async find(migration_id) {
    const row = await client.migration.findUnique({ where: { migration_id } })
    return row
      ? {
          ...row,
          states: JSON.parse(row.states) as MigrationRow['states'],
          status: row.status as MigrationStatus,
          started_at: row.started_at.getTime(),
          updated_at: row.updated_at.getTime(),
          ended_at: row.ended_at?.getTime() ?? null,
        }
      : undefined
  },
})

import { type Table, table } from '@skald/messaging'
import type { StateMapping } from '@skald/saga'

export type MigrationStatus = 'RUNNING' | 'COMPLETED'

/** A migration of live sagas from one version of their definition to another. */
export interface MigrationRow {
  readonly migration_id: string
  readonly definition: string
  readonly from_version: number
  readonly to_version: number
  readonly states: StateMapping
  readonly actor: string
  readonly reason: string
  readonly status: MigrationStatus
  /** Sagas up to this id were looked at in this round. */
  readonly position: string
  readonly migrated: number
  /** Looked at in the last round and left on their version. */
  readonly refused: number
  /** In this round: one without any ends the migration. */
  readonly round_migrated: number
  readonly started_at: number
  readonly updated_at: number
  readonly ended_at: number | null
}

export const migrations: Table<MigrationRow> = table<MigrationRow>({
  name: 'migration',
  key: 'migration_id',
  columns: {
    migration_id: 'text',
    definition: 'text',
    from_version: 'integer',
    to_version: 'integer',
    states: 'json',
    actor: 'text',
    reason: 'text',
    status: 'text',
    position: 'text',
    migrated: 'integer',
    refused: 'integer',
    round_migrated: 'integer',
    started_at: 'time',
    updated_at: 'time',
    ended_at: 'time',
  },
})

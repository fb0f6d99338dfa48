import type { Request } from '@skald/host'
import { type Task, tasks } from '@skald/messaging'
import type { StateMapping } from '@skald/saga'
import { writeDown } from '../operator/audit.ts'
import { type Acting, answeredRow, type KeyReused, once } from '../operator/repeatable.ts'
import { auditHead, CHAIN } from '../store/audit-tables.ts'
import { type MigrationRow, migrations } from '../store/migration-table.ts'

export interface StartMigration extends Acting {
  readonly definition: string
  readonly from: number
  readonly to: number
  readonly states: StateMapping
}

export type StartMigrationReply = { readonly kind: 'done'; readonly migration: MigrationRow } | KeyReused

export const MIGRATE = 'migrate'
export const migrateTask = (migrationId: string, nowMs: number): Task => ({
  id: `${MIGRATE}/${migrationId}`,
  kind: MIGRATE,
  due_at: nowMs,
  token: '',
  attempts: 0,
  body: { migrationId },
})

/** Writes a migration down under the request's id, with a line in the audit and the task that does it. */
export const startMigration: Request<StartMigration, StartMigrationReply> = {
  type: 'request:start-migration',
  rows: ({ id, data }) => [
    { table: tasks, key: migrateTask(id, 0).id },
    ...answeredRow(data),
    { table: auditHead, key: CHAIN },
    { table: migrations, key: id },
  ],
  decide: ({ id, data }, rows, turn) =>
    once(data, rows, turn, () => {
      const { definition, from, to, states, actor, reason } = data
      const migration: MigrationRow = {
        migration_id: id,
        definition,
        from_version: from,
        to_version: to,
        states,
        actor,
        reason,
        status: 'RUNNING',
        position: '',
        migrated: 0,
        refused: 0,
        round_migrated: 0,
        started_at: turn.nowMs,
        updated_at: turn.nowMs,
        ended_at: null,
      }
      rows.put(migrations, migration)
      rows.put(tasks, migrateTask(id, turn.nowMs))
      const standing = (version: number) => ({ definition, version })
      const act = { id, action: 'migrate' as const, before: standing(from), after: { ...standing(to), states } }
      writeDown(rows, turn.nowMs, data, act)
      const reply = { kind: 'done' as const, migration }
      return { reply, decision: { reply } }
    }),
}

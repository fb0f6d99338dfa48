import type { ClaimedTask, Table, Task } from '@skald/messaging'
import type pg from 'pg'
import { type Column, decodeRow } from './columns.ts'
import { type Statement, statementsOf } from './statements.ts'

const known = new WeakMap<Table<Task>, Statement>()

/**
 * Tasks that are due by the database's clock, oldest first, under a new token and lease. Rows that another process is
 * claiming, or that a transaction holds, are skipped, so nobody waits here. The choice is made before anything is
 * updated (MATERIALIZED): as part of a join the limit could be applied more than once.
 */
const claimStatement = (table: Table<Task>, columns: readonly Column[]): Statement => {
  let statement = known.get(table)
  if (!statement) {
    const list = columns.map(({ name, codec }) => codec.fromColumn(`task."${name}"`)).join(', ')
    statement = {
      name: `claim_${table.name}`,
      text:
        `WITH due AS MATERIALIZED (SELECT id, due_at FROM "${table.name}" ` +
        'WHERE kind = ANY($1::text[]) AND due_at <= now() ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) ' +
        `UPDATE "${table.name}" AS task SET due_at = now() + $3 * interval '1 millisecond', ` +
        'token = gen_random_uuid()::text, attempts = task.attempts + 1 ' +
        `FROM due WHERE task.id = due.id RETURNING date_part('epoch', now() - due.due_at), ${list}`,
    }
    known.set(table, statement)
  }
  return statement
}

export const claimTasks = async (
  pool: pg.Pool,
  table: Table<Task>,
  kinds: readonly string[],
  limit: number,
  leaseMs: number,
): Promise<readonly ClaimedTask[]> => {
  const { columns } = statementsOf(table)
  const { rows } = await pool.query<(string | null)[]>({
    ...claimStatement(table, columns),
    values: [kinds, limit, leaseMs],
    rowMode: 'array',
    types: ALL_TEXT,
  })
  return rows
    .map(([late, ...fields]) => ({ ...(decodeRow(fields, columns) as Task), lateMs: Number(late) * 1_000 }))
    .sort((a, b) => b.lateMs - a.lateMs)
}

/** Rows as the server's text: decoding is done by the table's own columns, as everywhere else. */
const ALL_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text }

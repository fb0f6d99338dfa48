import type { TestDatabase } from '@skald/testing'

/** So many live sagas more, each as this one is, with a history and a wake of its own. */
export const copySaga = async (database: TestDatabase, sagaId: string, count: number): Promise<void> => {
  const own = (column: string) => `'${column}', replace(${column}, '${sagaId}', '${sagaId}-' || n)`
  const copy = (table: string, changes: readonly string[], where: string) =>
    database.query(`INSERT INTO ${table}
      SELECT (jsonb_populate_record(t, jsonb_build_object(${changes.join(', ')}))).*
      FROM ${table} t, generate_series(1, ${count}) n WHERE ${where}`)
  const unique = (column: string) => `'${column}', ${column} || '-' || n`
  await copy('history', [unique('message_id'), own('saga_id'), own('input'), own('outputs')], `saga_id = '${sagaId}'`)
  await copy('saga', [own('saga_id'), own('business_key'), own('state')], `saga_id = '${sagaId}'`)
  await copy('task', [own('id'), own('body')], `id = 'wake/${sagaId}'`)
}

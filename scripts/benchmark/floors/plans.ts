import type pg from 'pg'
import type { Statement } from './statements.ts'

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Plans?: readonly PlanNode[]
}

const REMEDY = 'its figures would say nothing about one that finds each row by key: add the index that is missing'

/**
 * Refuses statements that would read a whole table. They are planned as on every connection of the floor: prepared, for
 * whatever values come.
 *
 * @throws naming the statement and the table.
 */
export const requireIndexes = async (client: pg.Client, statements: readonly Statement[]): Promise<void> => {
  for (const { name, text } of statements) {
    for (const node of nodesOf(await planOf(client, text))) {
      if (node['Node Type'] !== 'Seq Scan') continue
      throw new Error(`the floor's statement ${name} would read all of ${node['Relation Name']}; ${REMEDY}`)
    }
  }
}

const planOf = async (client: pg.Client, text: string): Promise<PlanNode> => {
  const parameters = new Set(text.match(/\$\d+/g))
  const values = [...parameters].map(() => 'NULL').join()
  await client.query(`PREPARE planned AS ${text}`)
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(
      `EXPLAIN (FORMAT JSON) EXECUTE planned (${values})`,
    )
    const plan = rows[0]?.['QUERY PLAN'][0].Plan
    if (!plan) throw new Error(`PostgreSQL explained nothing of: ${text}`)
    return plan
  } finally {
    await client.query('DEALLOCATE planned')
  }
}

const nodesOf = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

export type ScansByTable = ReadonlyMap<string, number>

/** How often each table was read as a whole so far. Complete when the sessions that did it have ended. */
export const wholeTableReads = async (client: pg.Client): Promise<ScansByTable> => {
  const { rows } = await client.query<{ relname: string; seq_scan: string }>(
    'SELECT relname, seq_scan FROM pg_stat_user_tables',
  )
  return new Map(rows.map(({ relname, seq_scan }) => [relname, Number(seq_scan)]))
}

/** @throws naming the tables, when one was read as a whole in between. */
export const requireNoWholeTableReads = (before: ScansByTable, after: ScansByTable): void => {
  const grown = [...after]
    .map(([table, count]) => ({ table, count: count - (before.get(table) ?? 0) }))
    .filter(({ count }) => count > 0)
  if (grown.length === 0) return
  const which = grown.map(({ table, count }) => `${table} (${count} times)`).join(', ')
  throw new Error(`while the floor ran, whole tables were read: ${which}; ${REMEDY}`)
}

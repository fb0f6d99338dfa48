import type { Databases } from './databases.ts'

/** Invariants that one database can answer by itself; every row found is a violation, `detail` its sentence. */
export interface TableInvariant {
  readonly name: string
  readonly database: Exclude<keyof Databases, 'close'>
  readonly sql: string
}

/** A due task that nobody took for so long is overdue: leases and polls are far shorter. */
const OVERDUE = `interval '30 seconds'`
/** The first few are enough to see what is wrong. */
const LIMIT = 'LIMIT 20'

const overdue = (database: TableInvariant['database']): TableInvariant => ({
  name: 'no task is overdue',
  database,
  sql: `SELECT format('task %s of ${database} has been due since %s', id, due_at) AS detail
    FROM task WHERE due_at < now() - ${OVERDUE} ${LIMIT}`,
})

export const tableInvariants: readonly TableInvariant[] = [
  {
    name: 'a history has no gap',
    database: 'saga',
    sql: `SELECT format('saga %s: %s entries, highest %s, revision %s', s.saga_id, count(h.seq), max(h.seq), s.revision) AS detail
      FROM saga s LEFT JOIN history h ON h.saga_id = s.saga_id WHERE s.definition <> ''
      GROUP BY s.saga_id, s.revision
      HAVING count(h.seq) <> s.revision OR max(h.seq) IS DISTINCT FROM s.revision ${LIMIT}`,
  },
  {
    name: 'each step of a history begins where the one before ended',
    database: 'saga',
    sql: `SELECT format('saga %s, entry %s: from %s, but the entry before led to %s', saga_id, seq, from_state, before) AS detail
      FROM (SELECT saga_id, seq, from_state, lag(to_state, 1, 'null') OVER (PARTITION BY saga_id ORDER BY seq) AS before
            FROM history) steps WHERE from_state IS DISTINCT FROM before ${LIMIT}`,
  },
  {
    name: 'no wake of a saga that ended',
    database: 'saga',
    sql: `SELECT format('saga %s ended and has a wake due at %s', s.saga_id, t.due_at) AS detail
      FROM saga s JOIN task t ON t.id = 'wake/' || s.saga_id WHERE s.ended_at IS NOT NULL ${LIMIT}`,
  },
  {
    name: 'no saga sleeps for ever',
    database: 'saga',
    sql: `SELECT format('saga %s waits and nothing will wake it', s.saga_id) AS detail
      FROM saga s LEFT JOIN task t ON t.id = 'wake/' || s.saga_id
      WHERE s.ended_at IS NULL AND s.definition <> '' AND t.id IS NULL AND (s.asked <> '{}' OR s.timers <> '[]') ${LIMIT}`,
  },
  {
    name: 'the list shows sagas as they are',
    database: 'saga',
    sql: `SELECT format('saga %s is %s, the list says %s', s.saga_id, s.status, l.status) AS detail
      FROM saga s LEFT JOIN saga_list l ON l.saga_id = s.saga_id
      WHERE s.definition <> '' AND l.status IS DISTINCT FROM s.status ${LIMIT}`,
  },
  overdue('order'),
  overdue('payment'),
  overdue('inventory'),
  overdue('saga'),
]

import type { Databases } from './databases.ts'

/** Invariants that one database can answer by itself; every row found is a violation, `detail` its sentence. */
export interface TableInvariant {
  readonly name: string
  readonly database: Exclude<keyof Databases, 'close' | 'trip'>
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

/** The key holds the day of the message id's time too: a row under another day would let the message be handled again. */
const handledOnce = (database: TableInvariant['database']): TableInvariant => ({
  name: 'a message is handled once',
  database,
  sql: `SELECT format('message %s was handled %s times by ${database}', message_id, count(*)) AS detail
    FROM inbox GROUP BY message_id HAVING count(*) > 1 ${LIMIT}`,
})

export const tableInvariants: readonly TableInvariant[] = [
  {
    name: 'every history has its saga',
    database: 'saga',
    sql: `SELECT format('saga %s has a history of %s entries and no row', saga_id, count(*)) AS detail
      FROM history h WHERE NOT EXISTS (SELECT FROM saga s WHERE s.saga_id = h.saga_id) GROUP BY saga_id ${LIMIT}`,
  },
  {
    name: 'a saga is where it runs or in the archive',
    database: 'saga',
    sql: `SELECT format('saga %s is in the archive, and it is not', saga_id) AS detail
      FROM saga_archive a WHERE EXISTS (SELECT FROM saga s WHERE s.saga_id = a.saga_id) ${LIMIT}`,
  },
  {
    name: 'every saga has its names',
    database: 'saga',
    sql: `SELECT format('saga %s can be started again: nothing has the name %s', saga_id, name) AS detail
      FROM (SELECT saga_id, '/' || saga_id AS name FROM saga_archive
        UNION ALL SELECT saga_id, definition || '/' || business_key FROM saga_archive
        UNION ALL SELECT saga_id, definition || '/' || business_key FROM saga WHERE definition <> '') named
      WHERE NOT EXISTS (SELECT FROM saga_subject n WHERE n.subject = named.name AND n.saga_id = named.saga_id) ${LIMIT}`,
  },
  {
    name: 'no wake of a saga that ended',
    database: 'saga',
    sql: `SELECT format('saga %s ended and has a wake due at %s', s.saga_id, t.due_at) AS detail
      FROM task t JOIN saga s ON t.id = 'wake/' || s.saga_id WHERE t.kind = 'wake' AND s.ended_at IS NOT NULL ${LIMIT}`,
  },
  {
    name: 'no saga sleeps for ever',
    database: 'saga',
    sql: `SELECT format('saga %s waits and nothing will wake it', s.saga_id) AS detail
      FROM saga s LEFT JOIN task t ON t.id = 'wake/' || s.saga_id
      WHERE s.ended_at IS NULL AND s.definition <> '' AND s.status <> 'PAUSED'
        AND t.id IS NULL AND (s.asked <> '[]' OR s.timers <> '[]') ${LIMIT}`,
  },
  {
    name: 'the list of detours shows sagas as they are',
    database: 'saga',
    sql: `SELECT format('saga %s is %s, the list says %s', s.saga_id, s.status, coalesce(d.status, 'nothing')) AS detail
      FROM saga s LEFT JOIN saga_detour d ON d.saga_id = s.saga_id
      WHERE s.definition <> ''
        AND d.status IS DISTINCT FROM nullif(nullif(s.status, 'RUNNING'), 'COMPLETED')
      UNION ALL SELECT format('the list shows saga %s, which is not there', d.saga_id)
      FROM saga_detour d WHERE NOT EXISTS (SELECT FROM saga s WHERE s.saga_id = d.saga_id) ${LIMIT}`,
  },
  {
    name: 'every saga that runs is found by its wake task',
    database: 'saga',
    sql: `SELECT format('saga %s runs, and no task leads to it', s.saga_id) AS detail
      FROM saga s LEFT JOIN task t ON t.id = 'wake/' || s.saga_id
      WHERE s.status = 'RUNNING' AND s.definition <> '' AND t.id IS NULL ${LIMIT}`,
  },
  {
    name: 'the list of cancelled orders is complete',
    database: 'order',
    sql: `SELECT format('order %s is %s, %s', o.order_id, o.status,
        CASE WHEN c.order_id IS NULL THEN 'not in the list of cancelled ones' ELSE 'in the list of cancelled ones' END) AS detail
      FROM orders o LEFT JOIN order_cancelled c ON c.order_id = o.order_id
      WHERE (o.status = 'CANCELLED') <> (c.order_id IS NOT NULL) ${LIMIT}`,
  },
  {
    name: 'no order that ended is announced, and every other is',
    database: 'order',
    sql: `SELECT format('order %s is %s, %s', o.order_id, o.status,
        CASE WHEN t.id IS NULL THEN 'nothing announces it' ELSE 'it is still announced' END) AS detail
      FROM orders o LEFT JOIN task t ON t.id = 'announce-order/' || o.order_id
      WHERE (o.status = 'PENDING') <> (t.id IS NOT NULL) ${LIMIT}`,
  },
  {
    name: 'every call to the gateway that is waited for is made',
    database: 'payment',
    sql: `SELECT format('order %s waits for the call %s, which nobody makes', p.order_id, coalesce(p.call, 'none')) AS detail
      FROM payment p LEFT JOIN task t ON t.id = p.call
      WHERE t.id IS NULL AND (p.call IS NOT NULL OR p.open_commands <> '[]') ${LIMIT}`,
  },
  handledOnce('order'),
  handledOnce('payment'),
  handledOnce('inventory'),
  overdue('order'),
  overdue('payment'),
  overdue('inventory'),
  overdue('saga'),
]

import { withClient } from '@skald/servers'
import type { Client } from 'pg'
import { pause, say } from './progress.ts'
import type { SystemUnderTest } from './system-under-test.ts'

/** Copies made by one statement. */
const AT_A_TIME = 20_000
/** Milliseconds from now at which a copy is due that must not be while we measure: thirty days. */
const LATER_MS = 30 * 24 * 3_600_000
const LOOK_EVERY_MS = 2

/** A saga that waits between two tries of its refund: the timer that copies of it wait for. */
export interface Original {
  readonly sagaId: string
  readonly orderId: string
}

const CAUGHT = 'bench_saga'
const TABLES = ['saga', 'history', 'saga_subject', 'saga_detour'] as const

const inSagas = <T>({ databaseUrls }: SystemUnderTest, work: (client: Client) => Promise<T>): Promise<T> =>
  withClient(databaseUrls.saga, work)

/** Waits until the saga stands at its backoff, and keeps its rows of that moment aside. */
export const catchAtBackoff = (system: SystemUnderTest, { sagaId }: Original): Promise<void> =>
  inSagas(system, async (client) => {
    for (;;) {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      const { rows } = await client.query<{ state: string }>('SELECT state FROM saga WHERE saga_id = $1', [sagaId])
      if (rows[0]?.state.includes('backingOff')) break
      await client.query('ROLLBACK')
      await pause(LOOK_EVERY_MS)
    }
    for (const table of TABLES) {
      await client.query(`CREATE TABLE ${CAUGHT}_${table} AS SELECT * FROM ${table} WHERE saga_id = $1`, [sagaId])
    }
    await client.query('COMMIT')
  })

/** The id of the n-th copy: the original's with other last digits, so that ids come in order as they do in life. */
const COPY_ID = `left($1, 24) || lpad(to_hex(n), 12, '0')`

/** So many sagas more that stand where the original stood, each with its own ids, its history and its wake. */
export const copySagas = (system: SystemUnderTest, original: Original, count: number): Promise<void> =>
  inSagas(system, async (client) => {
    const dueAtMs = Date.now() + LATER_MS
    for (let from = 1; from <= count; from += AT_A_TIME) {
      const upTo = Math.min(from + AT_A_TIME - 1, count)
      await copySome(client, original, { from, upTo, dueAtMs })
      if (upTo % 100_000 === 0 || upTo === count) say(`${upTo.toLocaleString('en')} sagas are open`)
    }
    for (const table of [...TABLES, 'task']) await client.query(`VACUUM ANALYZE ${table}`)
    await client.query('CHECKPOINT')
  })

interface Share {
  readonly from: number
  readonly upTo: number
  readonly dueAtMs: number
}

const copySome = async (client: Client, { sagaId, orderId }: Original, share: Share): Promise<void> => {
  const parameters = [sagaId, orderId, share.from, share.upTo]
  const due = `to_timestamp(${share.dueAtMs} / 1000.0)`
  const own = (column: string) => `replace(replace(${column}, $1, copy.saga_id), $2, copy.order_id)`
  const copies = `(SELECT ${COPY_ID} AS saga_id, left($2, 24) || lpad(to_hex(n), 12, '0') AS order_id, n
    FROM generate_series($3::int, $4::int) AS n) AS copy`
  await client.query(
    `INSERT INTO saga SELECT copy.saga_id, definition, version, hash, status, ${own('state')}, copy.order_id, held, asked,
       regexp_replace(timers, '"dueAtMs":\\d+', '"dueAtMs":${share.dueAtMs}'), revision, ${due}, started_at, updated_at, ended_at
     FROM ${CAUGHT}_saga, ${copies}`,
    parameters,
  )
  await client.query(
    `INSERT INTO history SELECT left(message_id, 24) || lpad(to_hex(n), 10, '0') || right(message_id, 4), copy.saga_id, seq, at,
       type, causation_id, ${own('input')}, from_state, to_state, ${own('outputs')}, note, digest
     FROM ${CAUGHT}_history, ${copies}`,
    parameters,
  )
  await client.query(
    `INSERT INTO saga_subject SELECT ${own('subject')}, copy.saga_id FROM ${CAUGHT}_saga_subject, ${copies}`,
    parameters,
  )
  await client.query(
    `INSERT INTO saga_detour SELECT copy.saga_id, status, started_at FROM ${CAUGHT}_saga_detour, ${copies}
     WHERE $2::text IS NOT NULL`,
    parameters,
  )
  await client.query(
    `INSERT INTO task SELECT 'wake/' || copy.saga_id, 'wake', ${due}, '', 0, json_build_object('sagaId', copy.saga_id)::text
     FROM ${copies}`,
    parameters,
  )
}

/** Makes the first `count` copies due, `perSecond` of them in each second from `fromMs` on. */
export const makeDue = (
  system: SystemUnderTest,
  { sagaId }: Original,
  due: { readonly count: number; readonly perSecond: number; readonly fromMs: number },
): Promise<void> =>
  inSagas(system, async (client) => {
    const dueAtMs = `(${due.fromMs} + (n * 1000.0 / ${due.perSecond})::bigint)`
    await client.query('BEGIN')
    await client.query(
      `UPDATE saga SET wake_at = to_timestamp(${dueAtMs} / 1000.0),
         timers = regexp_replace(timers, '"dueAtMs":\\d+', '"dueAtMs":' || ${dueAtMs})
       FROM generate_series(1, $2::int) AS n WHERE saga.saga_id = ${COPY_ID}`,
      [sagaId, due.count],
    )
    await client.query(
      `UPDATE task SET due_at = to_timestamp(${dueAtMs} / 1000.0)
       FROM generate_series(1, $2::int) AS n WHERE task.id = 'wake/' || ${COPY_ID}`,
      [sagaId, due.count],
    )
    await client.query('COMMIT')
  })

export interface Fired {
  readonly timers: number
  readonly sagas: number
  /** Between the time at which the timer was due and the transaction that fired it. */
  readonly latenessMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

/** What fired among the copies since they were made due. */
export const firedOf = (
  system: SystemUnderTest,
  { sagaId }: Original,
  due: { readonly perSecond: number; readonly fromMs: number },
): Promise<Fired> =>
  inSagas(system, async (client) => {
    const { rows } = await client.query<Record<'timers' | 'sagas' | 'p50' | 'p99' | 'max', string | null>>(
      `WITH fired AS (
         SELECT saga_id, extract(epoch FROM at) * 1000 - ($2 + ('x' || right(saga_id, 12))::bit(48)::bigint * 1000.0 / $3) AS late
         FROM history WHERE type = 'timer.refundBackoff' AND at >= to_timestamp($2 / 1000.0)
           AND left(saga_id, 24) = left($1, 24) AND saga_id <> $1)
       SELECT count(*) AS timers, count(DISTINCT saga_id) AS sagas, max(late) AS max,
         percentile_disc(0.5) WITHIN GROUP (ORDER BY late) AS p50, percentile_disc(0.99) WITHIN GROUP (ORDER BY late) AS p99
       FROM fired`,
      [sagaId, due.fromMs, due.perSecond],
    )
    const [row] = rows
    const number = (name: 'timers' | 'sagas' | 'p50' | 'p99' | 'max') => Math.round(Number(row?.[name] ?? 0))
    const latenessMs = { p50: number('p50'), p99: number('p99'), max: number('max') }
    return { timers: number('timers'), sagas: number('sagas'), latenessMs }
  })

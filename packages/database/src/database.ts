import pg from 'pg'
import { TransactionConnection } from './transaction-connection.ts'

export interface DatabaseOptions {
  /** postgresql://user:password@host:port/database */
  readonly url: string
  /** Shown in pg_stat_activity. */
  readonly applicationName: string
  /** Connections for transactions; 1 is right for a service, as what arrives meanwhile becomes one batch. */
  readonly transactionConnections?: number
  /** Connections for cold reads and for claiming tasks. */
  readonly poolSize?: number
  readonly connectTimeoutMs?: number
  /** Longest run of one statement. */
  readonly statementTimeoutMs?: number
  /** A transaction connection that stays silent this long within a round trip is given up as dead. */
  readonly answerWithinMs?: number
  /** Told about each connection that was lost; by itself it is no reason to act, the next use connects again. */
  readonly onConnectionLost?: (error: Error) => void
}

export interface Database {
  /** For reads outside any batch. Each query may meet another connection: no transactions here. */
  readonly pool: pg.Pool
  /** The transaction connection with the shortest line before it. */
  idlest(): TransactionConnection
  /** Resolves when the database answers; rejects with why not. For readiness. */
  ping(): Promise<void>
  /** Waits for what is running or in line, then closes everything; more than one call is fine. */
  close(): Promise<void>
}

/**
 * Plans without sequential scans, hash and merge joins. Statements are prepared once, often on tables that are still
 * empty, and a plan made then reads whole tables for the rest of the connection's life: every row of a batch is found
 * by key, so index and nested loop are always right here. No JIT: it compiles for longer than our statements run.
 */
const PLANNER = ['enable_seqscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off', 'jit=off']

/** How long a transaction waits for a row that another holds. */
const LOCK_TIMEOUT_MS = 5_000
/** A process that sleeps inside a transaction (SIGSTOP, a dead network) holds its rows no longer than this. */
const IDLE_IN_TRANSACTION_MS = 5_000

/**
 * Statements of transactions are planned once and never again: left to itself the server finds a fresh plan for each
 * short batch 'cheaper' by less than planning costs (measured: 600 instead of 450 us a transaction).
 */
const PLANNED_ONCE = ['plan_cache_mode=force_generic_plan']

const withFlags = (url: string, settings: readonly string[]): string => {
  const parsed = new URL(url)
  const flags = settings.map((setting) => `-c ${setting}`).join(' ')
  const own = parsed.searchParams.get('options')
  parsed.searchParams.set('options', own ? `${flags} ${own}` : flags)
  return parsed.href
}

export const openDatabase = (options: DatabaseOptions): Database => {
  const { statementTimeoutMs = 10_000, connectTimeoutMs = 5_000, onConnectionLost: onLost = () => undefined } = options
  const settings: pg.ClientConfig = {
    connectionString: withFlags(options.url, PLANNER),
    application_name: options.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
  }
  const pool = new pg.Pool({ ...settings, max: options.poolSize ?? 4, idleTimeoutMillis: 30_000 })
  pool.on('error', onLost)
  // A client that is checked out reports to itself alone, and an error that nobody listens to ends the process.
  pool.on('connect', (connected) => connected.on('error', () => undefined))
  const client = { ...settings, connectionString: withFlags(options.url, [...PLANNER, ...PLANNED_ONCE]) }
  // Several statements may wait for a lock one after the other; what takes longer than this is not worth waiting for.
  const answerWithinMs = options.answerWithinMs ?? statementTimeoutMs + LOCK_TIMEOUT_MS
  const connections = Array.from(
    { length: options.transactionConnections ?? 1 },
    () => new TransactionConnection({ client, answerWithinMs, onLost }),
  )
  let closing: Promise<unknown> | undefined
  return {
    pool,
    idlest: () => connections.reduce((best, next) => (next.load < best.load ? next : best)),
    ping: async () => {
      await pool.query('SELECT 1')
    },
    close: () => {
      closing ??= Promise.all([...connections.map((connection) => connection.close()), pool.end()])
      return closing.then(() => undefined)
    },
  }
}

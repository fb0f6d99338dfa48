import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { endsConnection } from './errors.ts'
import { Flight, type Step, step } from './flight.ts'
import { TextArrays } from './text-arrays.ts'

export interface TransactionConnectionOptions {
  readonly client: pg.ClientConfig
  /** A flight without an answer for this long means a dead peer, whatever TCP still believes. */
  readonly answerWithinMs: number
  readonly onLost: (error: Error) => void
}

/** First wait before connecting again after a failure, and the longest: it doubles in between, for ever. */
const FIRST_RECONNECT_MS = 50
const LONGEST_RECONNECT_MS = 1_000

const BEGIN = { name: 'begin', text: 'BEGIN' }
const COMMIT = { name: 'commit', text: 'COMMIT' }
const ROLLBACK = { name: 'rollback', text: 'ROLLBACK' }
const FORGET_STATEMENTS = { name: '', text: 'DEALLOCATE ALL' }

/**
 * One connection for transactions, and the queue before it.
 *
 * It is closed, idle or in a transaction. Work waits in line: two transactions on one connection would be one. A
 * connection that breaks fails the transaction on it and nothing else; whoever comes next connects, not sooner after
 * a failure than the backoff allows. There is no reconnecting in the background: nobody would use its result.
 */
export class TransactionConnection {
  /** Parameters of the transaction that runs. */
  readonly arrays = new TextArrays()
  readonly #options: TransactionConnectionOptions
  #client: pg.Client | undefined
  /** Statements that the server has prepared on this connection. */
  #prepared = new Set<string>()
  /** A flight failed while it prepared statements: which of them the server knows is not known. */
  #uncertain = false
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #failures = 0
  #notBeforeMs = 0
  #closed = false

  constructor(options: TransactionConnectionOptions) {
    this.#options = options
  }

  /** How many transactions are running or in line here. */
  get load(): number {
    return this.#waiting
  }

  /** Runs `work` when all that came before is through. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the database was closed'))
    this.#waiting += 1
    const turn = this.#tail.then(work).finally(() => {
      this.#waiting -= 1
    })
    this.#tail = turn.catch(() => undefined)
    return turn
  }

  /** The first round trip of a transaction: connects when there is no connection. Only within `exclusive`. */
  async begin(steps: readonly Step[]): Promise<void> {
    await this.#fly(this.#client ?? (await this.#connect()), [step(BEGIN), ...steps])
  }

  /**
   * The last round trip. Never on another connection than the one that began: there, the writes would be committed
   * without the locks they were decided under.
   */
  async commit(steps: readonly Step[]): Promise<void> {
    const client = this.#client
    if (!client) throw new Error('the connection was lost in the middle of a transaction')
    const tag = await this.#fly(client, [...steps, step(COMMIT)])
    // A transaction that had failed answers ROLLBACK, which is no error to the server.
    if (tag !== 'COMMIT') throw new Error(`the commit was answered with ${tag}`)
  }

  /**
   * A transaction that reads nothing: its only round trip. What is sent up to one Sync is one transaction to the server,
   * without BEGIN and COMMIT, and committed when it answers that Sync.
   */
  async commitAlone(steps: readonly Step[]): Promise<void> {
    await this.#fly(this.#client ?? (await this.#connect()), steps)
  }

  /** Ends what was begun. Never rejects: a connection that cannot roll back is dropped, and the server does it. */
  async rollBack(): Promise<void> {
    const client = this.#client
    if (!client) return
    try {
      await this.#fly(client, [step(ROLLBACK), ...(this.#uncertain ? [step(FORGET_STATEMENTS)] : [])])
      if (this.#uncertain) this.#prepared = new Set()
      this.#uncertain = false
    } catch (error) {
      this.#drop(client, error)
    }
  }

  /** Takes nothing more, lets what is in line finish, and disconnects. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#tail
    const client = this.#client
    this.#client = undefined
    await client?.end()
  }

  async #fly(client: pg.Client, steps: readonly Step[]): Promise<string> {
    const flight = new Flight(steps, this.#prepared)
    const silence = setTimeout(() => client.connection.stream.destroy(), this.#options.answerWithinMs)
    try {
      client.query(flight)
      return await flight.done
    } catch (error) {
      this.#uncertain ||= flight.isPreparing
      if (endsConnection(error)) this.#drop(client, error)
      throw error
    } finally {
      clearTimeout(silence)
    }
  }

  async #connect(): Promise<pg.Client> {
    const waitMs = this.#notBeforeMs - performance.now()
    if (waitMs > 0) await delay(waitMs)
    const client = new pg.Client(this.#options.client)
    client.on('error', (error) => this.#drop(client, error))
    try {
      await client.connect()
    } catch (error) {
      const backoffMs = Math.min(FIRST_RECONNECT_MS * 2 ** this.#failures, LONGEST_RECONNECT_MS)
      this.#failures = Math.min(this.#failures + 1, 10)
      this.#notBeforeMs = performance.now() + backoffMs
      client.connection.stream.destroy()
      throw error
    }
    this.#failures = 0
    this.#prepared = new Set()
    this.#uncertain = false
    this.#client = client
    return client
  }

  #drop(client: pg.Client, reason: unknown): void {
    client.connection.stream.destroy()
    if (this.#client !== client) return
    this.#client = undefined
    this.#options.onLost(reason instanceof Error ? reason : new Error(String(reason)))
  }
}

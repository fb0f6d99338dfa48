import type pg from 'pg'
import type { Statement } from './statements.ts'

/** Text, or bytes in the server's binary form of the parameter's type. */
export type Parameter = string | Buffer

/** One statement of a flight. Its rows arrive as the driver's text, in the order of the select list. */
export interface Step {
  readonly statement: Statement
  readonly values: readonly Parameter[]
  readonly rows: (string | null)[][]
}

export const step = (statement: Statement, values: readonly Parameter[] = []): Step => ({ statement, values, rows: [] })

const NO_TYPES: string[] = []

/**
 * Several statements in one round trip: one write to the socket, one Sync at the end. After an error the server skips
 * everything up to that Sync, so a COMMIT at the end of a flight is not even reached when anything before it failed.
 *
 * The driver's own pipeline mode sends a Sync with every statement, which costs both sides a system call each, and
 * builds a query, a promise and a result object a statement (measured: see DESIGN.md). A flight is what the driver
 * calls a submittable, the extension point of its cursors: it is handed the connection, and then the server's answers.
 */
export class Flight implements pg.Submittable {
  readonly #steps: readonly Step[]
  readonly #prepared: Set<string>
  readonly #fresh: string[] = []
  readonly #settled = Promise.withResolvers<string>()
  #at = 0
  #lastTag = ''

  /** `prepared` names the statements that this connection knows; the flight adds what it made known. */
  constructor(steps: readonly Step[], prepared: Set<string>) {
    this.#steps = steps
    this.#prepared = prepared
  }

  /** Resolves when the server has answered everything, with the command tag of the last statement. */
  get done(): Promise<string> {
    return this.#settled.promise
  }

  /** Whether it has the server prepare statements that the connection did not know. */
  get isPreparing(): boolean {
    return this.#fresh.length > 0
  }

  submit(connection: pg.Connection): void {
    const { stream } = connection
    stream.cork()
    for (const { statement, values } of this.#steps) {
      if (!this.#prepared.has(statement.name) && !this.#fresh.includes(statement.name)) {
        this.#fresh.push(statement.name)
        connection.parse({ name: statement.name, text: statement.text, types: NO_TYPES }, true)
      }
      connection.bind({ statement: statement.name, values: values as Parameter[] }, true)
      connection.execute(null, true)
    }
    connection.sync()
    stream.uncork()
  }

  handleDataRow(message: { readonly fields: (string | null)[] }): void {
    this.#steps[this.#at]?.rows.push(message.fields)
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#lastTag = message.text
    this.#at += 1
  }

  handleReadyForQuery(): void {
    for (const name of this.#fresh) this.#prepared.add(name)
    this.#settled.resolve(this.#lastTag)
  }

  /** From the server, or from the driver when the connection is gone. */
  handleError(error: unknown): void {
    this.#settled.reject(error)
  }
}

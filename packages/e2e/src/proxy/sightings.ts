/** What passes between a service and its servers, as far as it matters to when the service dies. */
export type Sighting =
  /** The broker hands a message out. */
  | (Handed & { readonly what: 'delivery'; readonly isFirst: boolean; readonly marks: readonly string[] })
  | (Handed & { readonly what: 'ack' })
  | { readonly what: 'publication'; readonly subject: string; readonly msgId: string }
  | { readonly what: 'pub-ack'; readonly subject: string; readonly msgId: string }
  /** What ends a transaction that writes: a COMMIT, or the Sync of one that is sent in one piece. */
  | { readonly what: 'commit'; readonly writes: Writes }
  /** The server's word that it is committed. */
  | { readonly what: 'committed'; readonly writes: Writes }
  /** Due tasks are handed out. */
  | { readonly what: 'claimed'; readonly tasks: readonly SeenTask[] }
  /** Due tasks of these kinds are asked for. */
  | { readonly what: 'claim'; readonly kinds: readonly string[] }

export interface Handed {
  readonly durable: string
  readonly subject: string
}

export interface SeenTask {
  readonly id: string
  readonly kind: string
}

/** A transaction's statements that write, with their parameters. */
export class Writes {
  readonly #parts: { readonly sql: string; readonly parameters: Buffer }[] = []

  get isEmpty(): boolean {
    return this.#parts.length === 0
  }

  add(sql: string, parameters: Buffer): void {
    this.#parts.push({ sql, parameters })
  }

  /** Whether a statement that starts so has a parameter that holds this text. */
  hold(text: string, sql = ''): boolean {
    return this.#parts.some((part) => part.sql.startsWith(sql) && part.parameters.includes(text))
  }
}

/** Reads one connection. Each message that means something is handed on before its bytes go anywhere. */
export interface Reader {
  readonly read: (direction: 'toServer' | 'toClient', bytes: Buffer, seen: Seen) => number | undefined
}

/** Says whether the service dies now, and then whether the message still goes on. */
export type Seen = (sighting: Sighting) => 'withhold' | 'pass' | undefined

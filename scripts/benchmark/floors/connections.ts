import pg from 'pg'

/** As many as the floor may use; sagas beyond them wait in line. */
const CONNECTIONS = 20

/**
 * The settings that the services' own transaction connections have (packages/database): plans are made once, by key. They
 * make a floor faster, never slower, so it gets them as well.
 */
const PLANNER = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
]
/** Where the tables are: each service's in a schema of its own. */
const SEARCH_PATH = 'search_path=order_service,inventory_service,payment_service'

export const connect = async (url: string): Promise<pg.Client> => {
  const options = [...PLANNER, SEARCH_PATH].map((setting) => `-c ${setting}`).join(' ')
  const client = new pg.Client({ connectionString: url, application_name: 'bench floor', options })
  // A connection that is lost fails whatever runs on it; without a listener it would end the process.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/**
 * A pool that costs less than the driver's: a whole saga keeps its connection, and nothing is timed or checked between.
 * Closing waits until the server has ended each session, which is when its counters are complete.
 */
export class Connections {
  readonly #all: readonly pg.Client[]
  readonly #idle: pg.Client[]
  readonly #waiting: ((client: pg.Client) => void)[] = []

  private constructor(clients: readonly pg.Client[]) {
    this.#all = clients
    this.#idle = [...clients]
  }

  static async open(url: string): Promise<Connections> {
    return new Connections(await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(url))))
  }

  async use<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = this.#idle.pop() ?? (await new Promise<pg.Client>((resolve) => this.#waiting.push(resolve)))
    try {
      return await work(client)
    } finally {
      const next = this.#waiting.shift()
      if (next) next(client)
      else this.#idle.push(client)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((client) => client.end().catch(() => undefined)))
  }
}

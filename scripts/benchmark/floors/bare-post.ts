import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { HttpLanes } from '../http-lanes.ts'
import { HISTORY, withFloorDatabase } from './floor-database.ts'
import { closedLoop } from './loop.ts'
import { linesOf } from './order.ts'

export interface BarePostOptions {
  /** Of a superuser; any database of the server. */
  readonly postgresUrl: string
  readonly warmUpMs: number
  readonly measureMs: number
  readonly sockets?: number
}

export interface BarePostResult {
  readonly postsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const SERVER = fileURLToPath(new URL('./bare-post-server.ts', import.meta.url))

/**
 * What accepting an order costs without anything behind it: a Fastify server that inserts the order's row and answers 201.
 *
 * @throws when an answer is not 201, or the rows are not as many as the answers.
 */
export const measureBarePost = (options: BarePostOptions): Promise<BarePostResult> =>
  withFloorDatabase(options.postgresUrl, async (databaseUrl, client) => {
    const load = await loadServer(databaseUrl, options)
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM orders')
    const placed = Number(rows[0]?.count) - HISTORY
    if (placed !== load.all) throw new Error(`the bare server answered ${load.all} orders and kept ${placed}`)
    const tenths = (value: number): number => Math.round(value * 10) / 10
    return { postsPerSecond: Math.round(load.perSecond), p50Ms: tenths(load.p50Ms), p99Ms: tenths(load.p99Ms) }
  })

const loadServer = async (databaseUrl: string, { warmUpMs, measureMs, sockets = 64 }: BarePostOptions) => {
  const server = await startServer(databaseUrl)
  const lanes = new HttpLanes(server.url, sockets)
  let sent = 0
  const place = async (): Promise<void> => {
    sent += 1
    const order = JSON.stringify({ customerId: 'bench', items: linesOf(sent) })
    const { status, body } = await lanes.post('/orders', order)
    if (status !== 201) throw new Error(`the bare server answered ${status}: ${body.slice(0, 200)}`)
  }
  try {
    const loop = closedLoop(place, { inFlight: sockets, warmUpMs, measureMs, sample: async () => undefined })
    return await Promise.race([loop, server.died])
  } finally {
    lanes.close()
    await server.stop()
  }
}

interface BareServer {
  readonly url: string
  /** Rejects when the process ends by itself: an answer that is waited for would never come. */
  readonly died: Promise<never>
  stop(): Promise<void>
}

const startServer = async (databaseUrl: string): Promise<BareServer> => {
  const child = fork(SERVER, { execArgv: [], env: { ...process.env, BARE_POST_DATABASE_URL: databaseUrl } })
  const died = ending(child).then((code) => {
    throw new Error(`the bare server ended with ${code}; what it said is above`)
  })
  // Heard by whoever waits for an answer; nobody does when it is stopped.
  died.catch(() => undefined)
  const [url]: unknown[] = await Promise.race([once(child, 'message'), died])
  return {
    url: String(url),
    died,
    stop: async () => {
      if (child.connected) child.disconnect()
      await died.catch(() => undefined)
    },
  }
}

const ending = async (child: ChildProcess): Promise<unknown> => (await once(child, 'exit'))[0]

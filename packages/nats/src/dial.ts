import { parseAddress } from './address.ts'
import { messageOf } from './bus-error.ts'
import { type ConnectOptions, connect } from './connection.ts'
import type { Connection } from './link.ts'
import { wait } from './wait.ts'

/** After a refusal, plus up to as much again: a person must mend it, or a server that restarts has half its users. */
const REFUSED_RETRY_MS = 1_000

/** A connection that is being made in the background, or was. */
export interface Dial {
  /** Why nothing can be sent at the moment, for a person; undefined when it can. */
  trouble(): string | undefined
  /** Gives up, or closes the connection. Never rejects; more than one call is fine. */
  close(): Promise<void>
}

/**
 * Connects in the background, for ever: whoever dials does not wait for the server. `connected` is called once; from then
 * on the connection comes back by itself. Unlike `connect` it does not give up on wrong credentials, which may be mended
 * on the server. Throws a BusError when the address is none.
 */
export const dial = (options: Omit<ConnectOptions, 'signal'>, connected: (connection: Connection) => void): Dial => {
  const servers = parseAddress(options.url).servers.join(', ')
  const giveUp = new AbortController()
  let connection: Connection | undefined
  let detail = 'not tried yet'
  const report: ConnectOptions['report'] = (event) => {
    if (event.kind === 'unreachable') detail = event.detail
    options.report(event)
  }
  const made = async (): Promise<Connection | undefined> => {
    while (!giveUp.signal.aborted) {
      try {
        return await connect({ ...options, report, signal: giveUp.signal })
      } catch (error) {
        if (giveUp.signal.aborted) break
        if (messageOf(error) !== detail) report({ kind: 'unreachable', server: servers, detail: messageOf(error) })
        await wait(REFUSED_RETRY_MS * (1 + Math.random()), giveUp.signal)
      }
    }
    return undefined
  }
  const run = async (): Promise<void> => {
    const first = await made()
    // It got through at the very moment of giving up.
    if (giveUp.signal.aborted) return first?.close()
    connection = first
    if (first) connected(first)
  }
  run().catch((error: unknown) => options.report({ kind: 'fault', detail: messageOf(error) }))
  return {
    trouble: () => {
      if (connection) return connection.isUp() ? undefined : 'the connection was lost; it is tried again'
      return `not connected yet, it is tried again: ${detail}`
    },
    async close() {
      giveUp.abort()
      await connection?.close()
    },
  }
}

import { connect as connectClient, errors, type NatsConnection, type NodeConnectionOptions } from 'nats'
import { type Address, parseAddress } from './address.ts'
import { messageOf, refused } from './bus-error.ts'
import type { Report } from './events.ts'
import { type Connection, Link } from './link.ts'
import { wait } from './wait.ts'

/** Between two tries, plus up to as much again, so that many clients do not come back in step. */
const RETRY_MS = 250
/** A server that takes the TCP connection and then says nothing. */
const DIAL_TIMEOUT_MS = 5_000
/** With two unanswered pings allowed, a frozen server is given up after 10 to 15 s. */
const PING_EVERY_MS = 5_000
const MAX_PINGS_OUT = 2

export interface ConnectOptions {
  /** nats://user:password@host:port, several of one cluster separated by commas; tls:// demands TLS. */
  readonly url: string
  /** The service's name: it is what the server shows, and all inboxes start with `_INBOX_<name>`. */
  readonly name: string
  /** Another start of the inboxes' subjects, where permissions were given for another one. */
  readonly inboxPrefix?: string
  /** Certificate files, with tls://. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  readonly report: Report
  /** Gives up the first connect, which otherwise waits for ever. */
  readonly signal?: AbortSignal
}

export const inboxPrefixOf = (name: string): string => `_INBOX_${name}`

/**
 * Connects, and waits for the server as long as it takes: services and broker may start in any order. Rejects with a
 * BusError 'refused' when the address or the credentials are wrong, or when `signal` gives up.
 */
export const connect = async (options: ConnectOptions): Promise<Connection> => {
  const address = parseAddress(options.url)
  const inboxPrefix = options.inboxPrefix ?? inboxPrefixOf(options.name)
  const client = await firstConnect(clientOptions(address, inboxPrefix, options), address, options)
  options.report({ kind: 'connected', server: client.getServer(), version: client.info?.version ?? 'unknown' })
  return new Link(client, inboxPrefix, options.report)
}

/**
 * The client waits between two tries until the wall clock says that the last one is long enough ago: set back by ten
 * minutes, it would not try for ten minutes. So it finds every try due, and is told to delay it, which is done by a timer.
 */
const betweenTries: Pick<NodeConnectionOptions, 'reconnectDelayHandler' | 'reconnectToServer'> = {
  reconnectDelayHandler: () => Number.NEGATIVE_INFINITY,
  reconnectToServer: ([server]) =>
    server === undefined || server.lastConnect === 0 ? null : { server, delay: RETRY_MS * (1 + Math.random()) },
}

const clientOptions = (address: Address, inboxPrefix: string, options: ConnectOptions): NodeConnectionOptions => ({
  servers: [...address.servers],
  name: options.name,
  inboxPrefix,
  ...(address.user === undefined ? {} : { user: address.user, pass: address.password ?? '' }),
  ...(address.token === undefined ? {} : { token: address.token }),
  ...(address.tls || options.tls ? { tls: { ...options.tls } } : {}),
  timeout: DIAL_TIMEOUT_MS,
  reconnect: true,
  // The client's own default gives up for good after ten tries.
  maxReconnectAttempts: -1,
  ...betweenTries,
  // A server that restarts with half-written users refuses everybody for a moment; that must not end a running service.
  ignoreAuthErrorAbort: true,
  pingInterval: PING_EVERY_MS,
  maxPingOut: MAX_PINGS_OUT,
  // Waiting for the first connection is ours: the client would wait in silence, and for ever with wrong credentials.
  waitOnFirstConnect: false,
  // A stack trace for every request costs more than the request.
  noAsyncTraces: true,
})

const firstConnect = async (
  client: NodeConnectionOptions,
  { servers, user }: Address,
  { report, signal }: ConnectOptions,
): Promise<NatsConnection> => {
  let said = ''
  for (;;) {
    if (signal?.aborted) throw refused('connecting to NATS was given up', signal.reason)
    try {
      const connected = await connectClient({ ...client })
      if (!signal?.aborted) return connected
      await connected.close()
    } catch (error) {
      if (error instanceof errors.AuthorizationError) {
        throw refused(
          `NATS at ${servers.join(', ')} refuses user ${user ?? '(none)'}; check user and password in the URL`,
        )
      }
      if (error instanceof errors.InvalidArgumentError) throw refused(`NATS connection: ${error.message}`, error)
      const detail = messageOf(error)
      if (detail !== said) report({ kind: 'unreachable', server: servers.join(', '), detail })
      said = detail
      await wait(RETRY_MS * (1 + Math.random()), signal)
    }
  }
}

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type Conditions, Lane } from './lane.ts'

/*
 * Stands between one process and one server, both on this machine, and does to their connections what a network does:
 *
 *   forwards, delays      in both directions, in order
 *   black hole            nothing arrives in one or both directions and nobody is told; what was sent meanwhile arrives
 *                         after `resume`, as retransmitted packets do
 *   reset                 every connection that is there ends with an RST; new ones come through
 *   cut                   the same, and new ones are refused until `resume`
 *
 * It keeps a megabyte a direction at most: what cannot go on is not read, so that the sender's own window fills. Whoever
 * watches sees the bytes before they go on and may end the connection behind any of them.
 */

export type Direction = 'toServer' | 'toClient'

/** Follows one connection. A number ends it behind so many of these bytes; see `Look`. */
export type Watch = (direction: Direction, bytes: Buffer) => number | undefined

const HOST = '127.0.0.1'
const DIRECTIONS: readonly Direction[] = ['toServer', 'toClient']

interface Connection {
  readonly sockets: readonly Socket[]
  readonly lanes: readonly Lane[]
}

export class TcpProxy {
  /** The port that it forwards to. */
  readonly target: number
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  readonly #conditions: Readonly<Record<Direction, Conditions>> = {
    toServer: { delayMs: 0, isHeld: false },
    toClient: { delayMs: 0, isHeld: false },
  }
  #isCut = false
  #watch: () => Watch = () => () => undefined

  private constructor(target: number) {
    this.target = target
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client))
  }

  /** Listens on a free port and forwards to another one of this machine. */
  static async listen(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject)
      proxy.#server.listen(0, HOST, resolve)
    })
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Who follows each connection from now on. */
  watch(follow: () => Watch): void {
    this.#watch = follow
  }

  delay(ms: number): void {
    for (const direction of DIRECTIONS) this.#conditions[direction].delayMs = ms
    this.#changed()
  }

  blackHole(...directions: readonly Direction[]): void {
    for (const direction of directions.length > 0 ? directions : DIRECTIONS) this.#conditions[direction].isHeld = true
    this.#changed()
  }

  reset(): void {
    for (const { sockets } of this.#connections) for (const socket of sockets) socket.resetAndDestroy()
  }

  cut(): void {
    this.#isCut = true
    this.reset()
  }

  /** All is well again: forwards, without delay. */
  resume(): void {
    this.#isCut = false
    for (const direction of DIRECTIONS) this.#conditions[direction].isHeld = false
    this.delay(0)
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #changed(): void {
    for (const { lanes } of this.#connections) for (const lane of lanes) lane.pass()
  }

  #accept(client: Socket): void {
    if (this.#isCut) {
      client.resetAndDestroy()
      return
    }
    const server = connect({ host: HOST, port: this.target, allowHalfOpen: true, noDelay: true })
    const watch = this.#watch()
    const sockets = [client, server]
    // Each lane hears of the end of its sockets by their close.
    for (const socket of sockets) socket.on('error', () => undefined)
    const lanes = [
      new Lane(client, server, this.#conditions.toServer, (bytes) => watch('toServer', bytes)),
      new Lane(server, client, this.#conditions.toClient, (bytes) => watch('toClient', bytes)),
    ]
    const connection = { sockets, lanes }
    this.#connections.add(connection)
    const forget = (): void => {
      if (sockets.every(({ destroyed }) => destroyed)) this.#connections.delete(connection)
    }
    for (const socket of sockets) socket.on('close', forget)
  }
}

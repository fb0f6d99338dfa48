import { createConnection, type Socket } from 'node:net'

/*
 * The least HTTP/1.1 that a POST with a JSON answer needs, over sockets that stay open. The load generator runs on the
 * machine that it measures: what Node's own client costs (a tenth of a saga) would be taken from the system under test.
 */

interface Waiting {
  readonly request: string
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

export interface Answer {
  readonly status: number
  readonly body: string
}

const HEAD_END = '\r\n\r\n'

export class HttpLanes {
  readonly #host: string
  readonly #port: number
  readonly #idle: Lane[] = []
  readonly #lanes: Lane[] = []
  readonly #waiting: Waiting[] = []
  #isClosed = false

  constructor(url: string, lanes: number) {
    const { hostname, port } = new URL(url)
    this.#host = hostname
    this.#port = Number(port)
    for (let count = 0; count < lanes; count += 1) {
      const lane = new Lane(
        () => createConnection(this.#port, this.#host),
        () => this.#free(lane),
      )
      this.#lanes.push(lane)
      this.#idle.push(lane)
    }
  }

  /** One request a lane at a time; more wait their turn. Rejects when the connection breaks. */
  post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const given = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `POST ${path} HTTP/1.1\r\nhost: ${this.#host}:${this.#port}\r\ncontent-type: application/json\r\n`
    const request = `${head}${given.join('')}content-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new Error('these connections are closed'))
      this.#waiting.push({ request, resolve, reject })
      this.#next()
    })
  }

  close(): void {
    this.#isClosed = true
    for (const lane of this.#lanes) lane.close()
  }

  #free(lane: Lane): void {
    this.#idle.push(lane)
    this.#next()
  }

  #next(): void {
    const lane = this.#idle[this.#idle.length - 1]
    const waiting = lane && this.#waiting.shift()
    if (!waiting) return
    this.#idle.pop()
    lane.send(waiting)
  }
}

class Lane {
  readonly #connect: () => Socket
  readonly #free: () => void
  #socket: Socket
  #current: Waiting | undefined
  #received = ''

  constructor(connect: () => Socket, free: () => void) {
    this.#connect = connect
    this.#free = free
    this.#socket = this.#open()
  }

  send(waiting: Waiting): void {
    this.#current = waiting
    this.#received = ''
    // A server ends connections that nobody has used for a minute; then the next request opens another one.
    if (this.#socket.destroyed || this.#socket.readableEnded) this.#socket = this.#open()
    this.#socket.write(waiting.request)
  }

  close(): void {
    this.#current = undefined
    this.#socket.destroy()
  }

  #open(): Socket {
    const socket = this.#connect()
    socket.setEncoding('latin1').setNoDelay(true)
    socket.on('data', (chunk: string) => {
      // What nobody asked for: a server says 408 to who connected and sent nothing for a while, and closes.
      if (this.#current) this.#take(chunk)
      else socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => this.#break(socket))
    return socket
  }

  #break(socket: Socket): void {
    if (socket !== this.#socket || !this.#current) return
    const { reject } = this.#current
    this.#current = undefined
    reject(new Error('the connection was closed before the answer came'))
    this.#free()
  }

  #take(chunk: string): void {
    this.#received += chunk
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const length = Number(/content-length: (\d+)/i.exec(this.#received)?.[1] ?? 0)
    const bodyAt = headEnd + HEAD_END.length
    if (this.#received.length < bodyAt + length) return
    const status = Number(this.#received.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
    const current = this.#current
    this.#current = undefined
    current?.resolve({ status, body: this.#received.slice(bodyAt, bodyAt + length) })
    this.#free()
  }
}

import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A way to the broker on which what a client sends can be seen and changed. */
export interface Proxy {
  readonly url: string
  /** Called with all that clients send; what it returns, of the same length, goes on to the broker. */
  through(change: (sent: string) => string): void
  /** Ends every connection, and lets nobody through until `open`. */
  cut(): void
  open(): void
}

/** Ends with the test. */
export const startProxy = async (brokerUrl: string): Promise<Proxy> => {
  const { hostname, port } = new URL(brokerUrl)
  const sockets = new Set<Socket>()
  let change = (sent: string): string => sent
  let isCut = false
  // Small pieces each way would otherwise wait for each other's acknowledgement, 40 ms at a time.
  const server = createServer({ noDelay: true }, (client) => {
    if (isCut) {
      client.destroy()
      return
    }
    const broker = connect({ port: Number(port), host: hostname, noDelay: true })
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        client.destroy()
        broker.destroy()
      })
    }
    client.on('data', (chunk) => broker.write(Buffer.from(change(chunk.toString('latin1')), 'latin1')))
    broker.on('data', (chunk) => client.write(chunk))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const own = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `nats://127.0.0.1:${own}`,
    through: (next) => {
      change = next
    },
    cut: () => {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    open: () => {
      isCut = false
    },
  }
}

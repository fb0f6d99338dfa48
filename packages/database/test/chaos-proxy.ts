import { connect, createServer, type Socket } from 'node:net'

export interface ChaosProxy {
  readonly url: string
  /** Bytes from the server since the last call. */
  takeReplies(): Buffer
  /** Called with each piece of the server's replies; false swallows it. */
  onReply: (reply: Buffer, cut: () => void) => boolean
  /** Ends every connection as a dead network does when it is noticed. */
  cutAll(): void
  close(): Promise<void>
}

/** Stands between a client and PostgreSQL, and can lose what the server says. */
export const startChaosProxy = async (target: string): Promise<ChaosProxy> => {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let replies: Buffer[] = []
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    const cut = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', cut)
      socket.on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => {
      replies.push(bytes)
      if (proxy.onReply(bytes, cut)) client.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(target)
  if (typeof address === 'object' && address) url.port = String(address.port)
  const proxy: ChaosProxy = {
    url: url.href,
    takeReplies: () => {
      const taken = Buffer.concat(replies)
      replies = []
      return taken
    },
    onReply: () => true,
    cutAll: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: async () => {
      proxy.cutAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

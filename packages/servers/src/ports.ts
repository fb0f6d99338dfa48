import { createServer } from 'node:net'

export type PortChoice = number | (() => Promise<number>)

/** The chosen port, or any free one. */
export async function choosePort(choice: PortChoice | undefined): Promise<number> {
  if (choice === undefined) return freePort()
  return typeof choice === 'number' ? choice : choice()
}

/** A port of the loopback address that nobody listened on a moment ago. */
export function freePort(): Promise<number> {
  return listenOnce(0)
}

/** Whether a server could listen on the port of the loopback address now. */
export async function isPortFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port)
    return true
  } catch {
    return false
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(bound))
    })
  })
}

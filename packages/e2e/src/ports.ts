import { isPortFree } from '@skald/servers'

/**
 * Below the range from which systems take the local ports of outgoing connections: a port there could be taken by some
 * client while the process that listens on it is dead, and that process could not come back.
 */
const FIRST_PORT = 20_000
const PORTS = 12_000
/** Far enough apart that systems of test files that run at the same time look in different places. */
const STRIDE = 16

let next = (process.pid * STRIDE) % PORTS

/** Ports of the loopback address on which nobody listens, different ones at each call of this process. */
export const choosePorts = async (count: number): Promise<readonly number[]> => {
  const ports: number[] = []
  for (let looked = 0; looked < PORTS && ports.length < count; looked += 1) {
    const port = FIRST_PORT + (next % PORTS)
    next += 1
    if (await isPortFree(port)) ports.push(port)
  }
  if (ports.length < count) throw new Error(`fewer than ${count} free ports from ${FIRST_PORT} on`)
  return ports
}

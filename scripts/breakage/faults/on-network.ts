import { setTimeout as wait } from 'node:timers/promises'
import { backingServers, serviceProcesses, type TcpProxy } from '@skald/e2e'
import type { Point } from '@skald/testing/simulation'
import type { Victim } from '../victim.ts'
import { type Drawn, type FaultKind, lengthOf, seconds } from './fault.ts'

/** One service and one server, between which something happens for so long. */
const between = (point: Point, what: string, ms: number, spoil: (proxy: TcpProxy) => void): Drawn => {
  const service = point.pick('service', serviceProcesses)
  const server = point.pick('server', backingServers)
  return {
    what: `${what} between ${service} and ${server} for ${seconds(ms)}`,
    async inflict({ system }: Victim) {
      const proxy = system.proxy(service, server)
      spoil(proxy)
      await wait(ms)
      proxy.resume()
    },
  }
}

export const netDelay: FaultKind = {
  name: 'net-delay',
  weight: 2,
  draw(point, aims) {
    const delayMs = point.whole('delay', 20, 1_500)
    return between(point, `${delayMs} ms`, lengthOf(point, 1_000, 15_000, aims), (proxy) => proxy.delay(delayMs))
  },
}

/** Nothing arrives, one way or both, and nobody is told. */
export const netSilence: FaultKind = {
  name: 'net-silence',
  weight: 2,
  draw(point, aims) {
    const ms = lengthOf(point, 1_000, 15_000, aims)
    const ways = point.pick('ways', [['toServer'], ['toClient'], ['toServer', 'toClient']] as const)
    return between(point, `silence (${ways.join(', ')})`, ms, (proxy) => proxy.blackHole(...ways))
  },
}

export const netReset: FaultKind = {
  name: 'net-reset',
  weight: 2,
  draw: (point, aims) =>
    point.of('once') < 0.5
      ? between(point, 'a reset', 0, (proxy) => proxy.reset())
      : between(point, 'refused connections', lengthOf(point, 500, 8_000, aims), (proxy) => proxy.cut()),
}

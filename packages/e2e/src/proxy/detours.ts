import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ServiceProcess } from '../processes.ts'
import { TcpProxy } from './tcp-proxy.ts'

export const backingServers = ['nats', 'postgres'] as const
export type BackingServer = (typeof backingServers)[number]

/** Runs in every Node process of a system before its own program. */
const PRELOAD = join(import.meta.dirname, 'take-detour.ts')

/** For each service its proxies to both servers; whoever starts in that service's place comes through them again. */
export class Detours {
  readonly #proxies = new Map<string, TcpProxy>()

  /** `ports` are those of the servers. */
  static async open(
    services: readonly ServiceProcess[],
    ports: Readonly<Record<BackingServer, number>>,
  ): Promise<Detours> {
    const detours = new Detours()
    for (const service of services) {
      for (const server of backingServers) {
        detours.#proxies.set(`${service} ${server}`, await TcpProxy.listen(ports[server]))
      }
    }
    return detours
  }

  /** What `dev` must be started with, over this: it hands its environment on to the services. */
  envOver({ NODE_OPTIONS = '' }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    if (this.#proxies.size === 0) return {}
    const detours = [...this.#proxies].map(([name, { target, port }]) => [name.split(' ')[0], target, port])
    const options = `${NODE_OPTIONS} --import=${pathToFileURL(PRELOAD)}`.trim()
    return { NODE_OPTIONS: options, E2E_DETOURS: JSON.stringify(detours) }
  }

  proxy(service: ServiceProcess, server: BackingServer): TcpProxy {
    const proxy = this.#proxies.get(`${service} ${server}`)
    if (!proxy) throw new Error(`${service} was not started through proxies: name it in startSystem({ through })`)
    return proxy
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()))
  }
}

import type { ServiceProcess } from './processes.ts'
import { backingServers } from './proxy/detours.ts'
import { natsReader } from './proxy/nats-reader.ts'
import { postgresReader } from './proxy/postgres-reader.ts'
import type { Reader, Seen, Sighting } from './proxy/sightings.ts'
import type { Watch } from './proxy/tcp-proxy.ts'
import type { System } from './system.ts'

/**
 * Kills a service at one exact moment of its work, seen from outside: when some message is on its way between it and a
 * server, before that message goes on or right after. The service must have been started through proxies.
 *
 * The kill happens in the turn in which the bytes came, before anything else of them is read or written: SIGKILL is
 * sent, then the connection ends, and with it whatever was withheld.
 */
export class CrashPoints {
  readonly #system: System
  readonly #service: ServiceProcess
  #armed: { readonly seen: Seen; readonly killed: (pid: number) => void } | undefined
  #listener: (sighting: Sighting) => void = () => undefined
  /** Lives of the process so far: what its former connections still carry means nothing. */
  #life = 0

  constructor(system: System, service: ServiceProcess) {
    this.#system = system
    this.#service = service
    const readers = { nats: natsReader, postgres: postgresReader }
    for (const server of backingServers) {
      const proxy = system.proxy(service, server)
      proxy.watch(() => this.#follow(readers[server]()))
      // A connection can only be read from its start.
      proxy.reset()
    }
  }

  /** Who else wants to know of everything that passes. */
  listen(listener: (sighting: Sighting) => void): void {
    this.#listener = listener
  }

  /** Kills the service when `seen` says so, once. Resolves with the number of the killed process. */
  arm(seen: Seen): Promise<number> {
    return new Promise((killed) => {
      this.#armed = { seen, killed }
    })
  }

  disarm(): void {
    this.#armed = undefined
  }

  #follow(reader: Reader): Watch {
    const life = this.#life
    return (direction, bytes) =>
      life === this.#life ? reader.read(direction, bytes, (sighting) => this.#see(sighting)) : undefined
  }

  #see(sighting: Sighting): ReturnType<Seen> {
    this.#listener(sighting)
    const answer = this.#armed?.seen(sighting)
    if (!this.#armed || answer === undefined) return undefined
    const pid = this.#system.pid(this.#service)
    process.kill(pid, 'SIGKILL')
    this.#life += 1
    const { killed } = this.#armed
    this.#armed = undefined
    killed(pid)
    return answer
  }
}

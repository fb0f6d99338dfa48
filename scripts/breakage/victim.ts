import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ServiceProcess, type System, serviceProcesses, startSystem } from '@skald/e2e'
import { isAlive } from '@skald/servers'
import { eventually } from '@skald/testing'
import { BoundedDisk } from './bounded-disk.ts'
import { Deaths } from './deaths.ts'
import { ExtraProcess } from './extra-processes.ts'
import type { KindName } from './faults/kind-names.ts'
import { Manifest } from './manifest.ts'
import type { Options } from './options.ts'

/**
 * Sagas of silent payments must end within the time in which all must have settled; ended ones go to the archive soon, and
 * what comes late brings them back.
 */
const SETTINGS = { SAGA_STEP_TIMEOUT_MS: '20000', SAGA_NUDGE_AFTER_MS: '3000', SAGA_ARCHIVE_AFTER_SECONDS: '30' }
const BACK_WITHIN_MS = 60_000

type Forms = Pick<Options, 'allInOne' | 'coordinators' | 'participants'>

/** The names of the processes that host services. */
export const serviceNamesOf = ({ allInOne, coordinators, participants }: Forms): readonly string[] =>
  allInOne ? ['all-in-one'] : [...serviceProcesses, ...extrasOf({ coordinators, participants }).map(([name]) => name)]

const extrasOf = ({ coordinators, participants }: Omit<Forms, 'allInOne'>) =>
  serviceProcesses.flatMap((service) => {
    const count = service === 'saga-coordinator' ? coordinators : participants
    return Array.from({ length: count - 1 }, (_, index) => [`${service}-${index + 2}`, service, index + 2] as const)
  })

export interface VictimOptions extends Forms {
  /** Which shall come: some of them need what is made before the start. */
  readonly kinds: readonly KindName[]
  readonly signal: AbortSignal
}

/** The system that is broken: what can be done to it, and who did what. */
export class Victim {
  readonly system: System
  readonly manifest: Manifest
  readonly deaths: Deaths
  readonly #clocks: string
  readonly #disk: BoundedDisk | undefined
  readonly #extras: readonly ExtraProcess[]
  #atBroker: Promise<unknown> = Promise.resolve()

  private constructor(
    system: System,
    deaths: Deaths,
    clocks: string,
    disk: BoundedDisk | undefined,
    extras: readonly ExtraProcess[],
  ) {
    this.system = system
    this.deaths = deaths
    this.manifest = new Manifest(system)
    this.#clocks = clocks
    this.#disk = disk
    this.#extras = extras
  }

  static async start({ kinds, signal, ...forms }: VictimOptions): Promise<Victim> {
    const clocks = mkdtempSync(join(tmpdir(), 'skald-clocks-'))
    const module = pathToFileURL(join(import.meta.dirname, 'shifted-clock.ts')).href
    const env = { ...SETTINGS, CHAOS_CLOCKS: clocks, NODE_OPTIONS: `--import ${module}` }
    let disk: BoundedDisk | undefined
    const through = kinds.some((kind) => kind.startsWith('net-')) ? serviceProcesses : []
    const prepare = async (home: string) => {
      if (!kinds.includes('disk-full')) return async () => undefined
      const own = await BoundedDisk.mount(join(home, 'data', 'postgres'))
      disk = own
      return () => own.unmount()
    }
    const system = await startSystem({ env, allInOne: forms.allInOne, through, prepare, signal })
    const deaths = new Deaths()
    const died = (name: string): void => deaths.noteSeen(name)
    const extras = await Promise.all(
      extrasOf(forms).map(([, service, ordinal]) => ExtraProcess.start(system, service, ordinal, died)),
    )
    return new Victim(system, deaths, clocks, disk, extras)
  }

  /** Where processes of a service listen. */
  urlsOf(service: Extract<ServiceProcess, 'order-service' | 'inventory-service'>): readonly string[] {
    const { order, inventory } = this.system.urls
    const others = this.#extras.filter((extra) => extra.service === service).map(({ url }) => url)
    return [service === 'order-service' ? order : inventory, ...others]
  }

  async kill(name: string): Promise<void> {
    this.deaths.noteOurs(name, await this.system.kill9(fileOf(name)))
  }

  /** SIGTERM; resolves when the process has ended by itself. */
  async terminate(name: string): Promise<void> {
    const pid = await this.#pid(name)
    this.deaths.noteOurs(name, pid)
    process.kill(pid, 'SIGTERM')
    await eventually(
      () => {
        if (isAlive(pid)) throw new Error(`${name} takes its time to stop`)
      },
      { timeoutMs: BACK_WITHIN_MS },
    )
  }

  /** SIGSTOP until the returned function lets it go on. */
  freeze(name: string): Promise<() => void> {
    return eventually(() => this.system.freeze(fileOf(name)), { timeoutMs: BACK_WITHIN_MS })
  }

  async wipeBroker(): Promise<void> {
    this.deaths.noteOurs('nats', await this.system.wipeBroker())
  }

  /** A broker that goes on while its store is destroyed would come back with half of it. */
  aloneAtBroker(work: () => Promise<void>): Promise<void> {
    const done = this.#atBroker.then(work)
    this.#atBroker = done.catch(() => undefined)
    return done
  }

  /** Shifts the wall clock of a process until the returned function is called, or the process ends. */
  async shiftClock(name: string, byMs: number): Promise<() => void> {
    const file = join(this.#clocks, String(await this.#pid(name)))
    writeFileSync(file, String(byMs))
    return () => rmSync(file, { force: true })
  }

  async withFullDisk(work: () => Promise<void>): Promise<void> {
    const disk = this.#disk
    if (!disk) throw new Error('the database has no disk of its own')
    const before = await this.#pid('postgres')
    await disk.fill()
    try {
      await work()
    } finally {
      await disk.free()
    }
    const after = await this.#pid('postgres')
    // PostgreSQL ends by itself when it cannot write its log.
    if (after !== before) this.deaths.noteOurs('postgres', before)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#extras.map((extra) => extra.stop()))
    await this.system.stop().finally(() => rmSync(this.#clocks, { recursive: true, force: true }))
  }

  #pid(name: string): Promise<number> {
    return eventually(() => this.system.pid(fileOf(name)), { timeoutMs: BACK_WITHIN_MS })
  }
}

/** The one process of all services leaves a file under the name of each. */
const fileOf = (name: string): string => (name === 'all-in-one' ? 'order-service' : name)

import { chmodSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from './dev-process.ts'
import { choosePorts } from './ports.ts'
import type { ServiceProcess } from './processes.ts'
import type { Urls } from './shop.ts'

/** One installation: its folder, its ports and how `dev` is started for it, again and again. */
export interface DevRun {
  readonly home: string
  readonly logFile: string
  readonly env: Readonly<Record<string, string>>
  readonly allInOne: boolean
  readonly examples: boolean
  readonly ports: readonly number[]
  readonly serverPorts: Readonly<Record<'nats' | 'postgres', number>>
  readonly urls: Urls
  /** Of trip-service, which runs with `examples`. */
  readonly tripUrl: string
}

/** The variable that says on which port a service listens. */
export const portVariables: Readonly<Record<ServiceProcess, string>> = {
  'order-service': 'ORDER_PORT',
  'payment-service': 'PAYMENT_PORT',
  'inventory-service': 'INVENTORY_PORT',
  'saga-coordinator': 'COORDINATOR_PORT',
}

/** What a test's environment may lend to the system: nothing that would point it to other servers. */
const LENT = ['PATH', 'HOME', 'TMPDIR', 'LANG'] as const

/** A folder in the temporary one and free ports. The caller removes the folder. */
export const planRun = async (
  env: Readonly<Record<string, string>>,
  { allInOne = false, examples = false }: { readonly allInOne?: boolean; readonly examples?: boolean },
): Promise<DevRun> => {
  const home = makeHome()
  const ports = await choosePorts(7)
  const [order, payment, inventory, coordinator, nats, postgres, trip] = ports.map(String)
  const own = {
    SKALD_HOME: home,
    [portVariables['order-service']]: order,
    [portVariables['payment-service']]: payment,
    [portVariables['inventory-service']]: inventory,
    [portVariables['saga-coordinator']]: coordinator,
    NATS_PORT: nats,
    POSTGRES_PORT: postgres,
    TRIP_PORT: trip,
  }
  const lent = LENT.map((name) => [name, process.env[name]])
  const all = Object.entries({ ...Object.fromEntries(lent), ...own, ...env })
  const defined = all.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const at = (port: string | undefined) => `http://127.0.0.1:${port}`
  const urls = { order: at(order), payment: at(payment), inventory: at(inventory), coordinator: at(coordinator) }
  const serverPorts = { nats: Number(nats), postgres: Number(postgres) }
  const started = { home, logFile: join(home, 'dev.log'), env: Object.fromEntries(defined), allInOne, examples }
  return { ...started, ports, serverPorts, urls, tripUrl: at(trip) }
}

const makeHome = (): string => {
  const home = mkdtempSync(join(tmpdir(), 'skald-e2e-'))
  // When root runs this, PostgreSQL runs as another account, which must be able to enter.
  chmodSync(home, 0o711)
  // A broker that had to be fetched is fetched once.
  const programs = join(repository, '.skald', 'bin')
  mkdirSync(programs, { recursive: true })
  symlinkSync(programs, join(home, 'bin'))
  return home
}

import {
  alertConfig,
  type CommonConfig,
  ConfigError,
  type ConfigFault,
  commonConfig,
  type EmbeddedServersConfig,
  type Environment,
  embeddedServersConfig,
  exampleNames,
  loadConfig,
  operatorConfig,
  paymentConfig,
  type ServiceName,
  sagaConfig,
  serviceConfig,
  serviceNames,
  serviceSettings,
} from '@skald/service'

export type Settings = {
  readonly home: string
  readonly servers: EmbeddedServersConfig
  /** Families of participants beside those of the order saga. */
  readonly participants: readonly string[]
  /** Those that are started, examples only where their families are among the participants. */
  readonly services: readonly ServiceSettings[]
}

export type ServiceSettings = {
  readonly name: ServiceName
  readonly port: number
  /** Undefined when the database is on the embedded server. */
  readonly databaseUrl: string | undefined
}

/** What a service reads must be valid before anything starts; a stand-in for what is only known once the servers run. */
const STAND_IN = { NATS_URL: 'nats://127.0.0.1:1', DATABASE_URL: 'postgresql://127.0.0.1:1/postgres' }

/**
 * The configuration of the whole system.
 *
 * @throws {ConfigError} with all faults of all processes at once.
 */
export function readSettings(env: Environment): Settings {
  const faults: ConfigFault[] = []
  const load = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      faults.push(...error.faults.filter(({ name }) => !faults.some((known) => known.name === name)))
      return undefined
    }
  }
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const whole = { ...STAND_IN, ...present }
  const servers = load(() => loadConfig([embeddedServersConfig], env))
  const common: CommonConfig | undefined = load(() => loadConfig([commonConfig], whole))
  load(() => loadConfig([paymentConfig, sagaConfig, alertConfig, operatorConfig], whole))
  const participants = common?.participants ?? []
  const examples = exampleNames.filter((name) => participants.some((family) => name === `${family}-service`))
  const services = [...serviceNames, ...examples].flatMap((name) => {
    const config = load(() => loadConfig(serviceConfig(name), whole))
    if (config === undefined) return []
    const isGiven = Boolean(present[serviceSettings[name].databaseUrlVariable] ?? present['DATABASE_URL'])
    return [{ name, port: config.httpPort, databaseUrl: isGiven ? config.databaseUrl : undefined }]
  })
  faults.push(...portFaults(services, servers))
  if (faults.length > 0 || servers === undefined || common === undefined) throw new ConfigError(faults)
  return { home: common.home, servers, participants, services }
}

/** Two processes on one port: one of them would die again and again. */
function portFaults(services: readonly ServiceSettings[], servers: EmbeddedServersConfig | undefined): ConfigFault[] {
  const taken = new Map<number, string>()
  const ports: (readonly [string, number | undefined])[] = [
    ...services.map(({ name, port }) => [serviceSettings[name].portVariable, port] as const),
    ['NATS_PORT', servers?.natsPort],
    ['POSTGRES_PORT', servers?.postgresPort],
  ]
  return ports.flatMap(([name, port]) => {
    if (port === undefined) return []
    const other = taken.get(port)
    if (port === 0) {
      const problem = 'a port of its own, from 1 to 65535'
      return [{ name, given: '0', problem, fix: 'The other processes and you need to know where it is.' }]
    }
    if (other === undefined) {
      taken.set(port, name)
      return []
    }
    return [{ name, given: String(port), problem: `another port than ${other}`, fix: 'Give each process its own.' }]
  })
}

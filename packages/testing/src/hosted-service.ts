import { host, type Platform, type Service } from '@skald/host'
import { type AnyConfigPart, createHealth, createStopSequence, loadConfig, silentLogger } from '@skald/service'

export interface HostedService {
  /** For `inject`: the same routes as over the network. */
  readonly http: Platform['http']
  /** As SIGTERM does it. */
  stop(): Promise<void>
}

/** A service in this process, started as its main starts it, on the servers that the environment names. */
export const startHosted = async <Parts extends readonly AnyConfigPart[]>(
  service: Service<Parts>,
  env: Readonly<Record<string, string>>,
): Promise<HostedService> => {
  let http: Platform['http'] | undefined
  const watched: Service<Parts> = {
    ...service,
    build: (platform, config) => {
      http = platform.http
      return service.build(platform, config)
    },
  }
  const health = createHealth()
  const stops = createStopSequence({ logger: silentLogger })
  const config = loadConfig(service.config, env)
  await host(watched, { config, logger: silentLogger, health, onStop: stops.add, env }, { processMetrics: false })
  if (!http) throw new Error(`${service.name} was not built`)
  return {
    http,
    stop: async () => {
      health.stopping()
      await stops.run()
    },
  }
}

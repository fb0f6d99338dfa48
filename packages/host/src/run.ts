import { type AnyConfigPart, commonConfig, loadConfig, runMain } from '@skald/service'
import { host } from './host.ts'
import type { Service } from './service.ts'

/** A service as a process of its own. Call it once, from main.ts. */
export const runService = <const Parts extends readonly AnyConfigPart[]>(service: Service<Parts>): Promise<void> =>
  runMain({
    service: service.name,
    config: service.config,
    start: (context) => host(service, context, { processMetrics: true }),
  })

/** Several services in one process, for small installations: the same code, one thread, one place to look. */
export const runServices = (name: string, services: readonly Service[]): Promise<void> =>
  runMain({
    service: name,
    config: [commonConfig],
    async start(context) {
      for (const [index, service] of services.entries()) {
        const config = loadConfig(service.config, context.env)
        await host(service, { ...context, config }, { processMetrics: index === 0 })
      }
    },
  })

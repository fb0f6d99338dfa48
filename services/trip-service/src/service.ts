import { asker, defineService } from '@skald/host'
import { serviceConfig } from '@skald/service'
import { tripApp } from './app.ts'
import { tripRoutes } from './routes.ts'

export const tripService = defineService({
  name: 'trip-service',
  config: serviceConfig('trip-service'),
  watches: () => ({ streams: [], durables: [] }),
  build(platform) {
    tripRoutes(platform.http, asker(platform, '/trip-service'))
    return tripApp()
  },
})

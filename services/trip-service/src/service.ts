import { asker, defineService } from '@skald/host'
import { type Handler, tasks } from '@skald/messaging'
import { serviceConfig } from '@skald/service'
import { askPerson, withdrawApproval } from './approval.ts'
import { releaseFlight, releaseHotel, reserveFlight, reserveHotel } from './places.ts'
import { tripRoutes } from './routes.ts'
import { trips } from './trip-table.ts'

const handlers = [reserveFlight, releaseFlight, reserveHotel, releaseHotel, askPerson, withdrawApproval] as Handler[]

export const tripService = defineService({
  name: 'trip-service',
  config: serviceConfig('trip-service'),
  watches: () => ({ streams: [], durables: [] }),
  build(platform) {
    tripRoutes(platform.http, asker(platform, '/trip-service'))
    return {
      handlers,
      lockOrder: [trips, tasks],
      durables: [{ durable: 'trip-service-commands', maxInHand: 100 }],
      tasks: {},
    }
  },
})

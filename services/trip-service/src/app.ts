import type { App } from '@skald/host'
import { type Handler, tasks } from '@skald/messaging'
import { askPerson, withdrawApproval } from './approval.ts'
import { releaseFlight, releaseHotel, reserveFlight, reserveHotel } from './places.ts'
import { trips } from './trip-table.ts'

const handlers = [reserveFlight, releaseFlight, reserveHotel, releaseHotel, askPerson, withdrawApproval] as Handler[]

/** What the service does with messages, on any store and broker. */
export const tripApp = (): App => ({
  handlers,
  lockOrder: [trips, tasks],
  durables: [{ durable: 'trip-service-commands', maxInHand: 100 }],
  tasks: {},
})

/** What is said about reserved stock, and what the saga asks of inventory-service. */
import { z } from 'zod'
import { command, event } from './contract.ts'
import { count, id, limits, line, lines, reason, sku } from './pieces.ts'

const order = z.strictObject({ orderId: id })
const reservation = z.strictObject({
  orderId: id,
  items: lines(line)
    .describe('What was to be held. With it the command is worked on at once; else the reservation is looked up first.')
    .optional(),
})
const ofOrder = ({ orderId }: { readonly orderId: string }): string => orderId
const from = 'inventory-service'
const asked = { from: 'saga-coordinator', to: 'inventory-service' }

export const inventoryReserved = event('inventory.reserved.v1', order, {
  subject: ofOrder,
  from,
  about: 'All items of the order are held for it.',
})

const MISSING = `expected at most ${limits.linesMax} items`

export const inventoryFailed = event(
  'inventory.failed.v1',
  z.strictObject({
    orderId: id,
    reason,
    missing: z
      .array(z.strictObject({ sku, requested: count, available: count }), { error: MISSING })
      .max(limits.linesMax, { error: MISSING })
      .describe('Empty when it failed on something else than stock, such as a reservation that was released.'),
  }),
  { subject: ofOrder, from, about: 'Nothing was held, or what was to be taken is no longer held; nothing changed.' },
)

export const inventoryReleased = event('inventory.released.v1', order, {
  subject: ofOrder,
  from,
  about: 'Nothing is held for the order, and a reservation that arrives late will be refused.',
})

export const inventoryCommitted = event('inventory.committed.v1', order, {
  subject: ofOrder,
  from,
  about: 'What was held for the order has left the stock.',
})

export const inventoryReserve = command('inventory.reserve.v1', z.strictObject({ orderId: id, items: lines(line) }), {
  subject: ofOrder,
  ...asked,
  about: 'Hold all of the items, or none.',
  replies: { success: [inventoryReserved], failure: [inventoryFailed] },
})

export const inventoryRelease = command('inventory.release.v1', reservation, {
  subject: ofOrder,
  ...asked,
  about: 'Hold nothing for the order any longer, whatever was held.',
  replies: { success: [inventoryReleased], failure: [] },
  undoes: inventoryReserve,
})

export const inventoryCommit = command('inventory.commit.v1', reservation, {
  subject: ofOrder,
  ...asked,
  about: 'Take what is held out of the stock. It fails when nothing is held, and then changes nothing.',
  replies: { success: [inventoryCommitted], failure: [inventoryFailed] },
})

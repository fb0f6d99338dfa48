/** What a fraud check says of an order, and what version 2 of the order saga asks of it. No service here answers: a team brings its own. */
import { z } from 'zod'
import { command, event } from './contract.ts'
import { id, money, reason } from './pieces.ts'

const ofOrder = ({ orderId }: { readonly orderId: string }): string => orderId
const from = 'fraud-service'

export const fraudCleared = event('fraud.cleared.v1', z.strictObject({ orderId: id }), {
  subject: ofOrder,
  from,
  about: 'Nothing speaks against taking the payment.',
})

export const fraudSuspected = event('fraud.suspected.v1', z.strictObject({ orderId: id, reason }), {
  subject: ofOrder,
  from,
  about: 'The payment must not be taken.',
})

export const fraudCheck = command('fraud.check.v1', z.strictObject({ orderId: id, customerId: id, amount: money }), {
  subject: ofOrder,
  from: 'saga-coordinator',
  to: 'fraud-service',
  about: 'Say whether the payment may be taken.',
  replies: { success: [fraudCleared], failure: [fraudSuspected] },
})

export const fraudWithdrawn = event('fraud.withdrawn.v1', z.strictObject({ orderId: id }), {
  subject: ofOrder,
  from,
  about: 'Nobody looks at the order any more, and a check that arrives late will not be looked at.',
})

export const fraudWithdraw = command('fraud.withdraw.v1', z.strictObject({ orderId: id }), {
  subject: ofOrder,
  from: 'saga-coordinator',
  to: 'fraud-service',
  about: 'The order is being undone: its check is not needed.',
  replies: { success: [fraudWithdrawn], failure: [] },
  undoes: fraudCheck,
})

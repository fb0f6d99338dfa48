import { bug, type PlantedBug, pair } from './bug.ts'

const PAYMENT = 'services/payment-service/src'
const SAGA = 'services/saga-coordinator/src'

/** Without one of the two nothing is broken: the other one holds. */
export const pairs: readonly PlantedBug[] = [
  pair(
    'a saga that ended keeps its wake, and the wake does not go',
    bug(
      '',
      `${SAGA}/coordinate.ts`,
      '  if (after.ended_at !== null && after.wake_at !== null) rows.delete(tasks, wakeTaskId(after.saga_id))\n',
      '',
    ),
    bug('', `${SAGA}/wake.ts`, '    rows.delete(tasks, wakeTaskId(data.sagaId))\n', ''),
  ),
  pair(
    'a result of a stopped call is applied, and a stopped call keeps its task',
    bug('', `${PAYMENT}/calls/record-result.ts`, ' || payment.call !== key)', ')'),
    bug(
      '',
      `${PAYMENT}/handlers/refund-payment.ts`,
      '  if (payment.call !== null) context.rows.delete(tasks, payment.call)\n',
      '',
    ),
  ),
  pair(
    'any result of any call is applied, and a call that was stopped keeps its task',
    bug(
      '',
      `${PAYMENT}/calls/record-result.ts`,
      'if (!payment || !task || task.token !== token || payment.call !== key)',
      'if (!payment || !task)',
    ),
    bug(
      '',
      `${PAYMENT}/handlers/refund-payment.ts`,
      '  if (payment.call !== null) context.rows.delete(tasks, payment.call)\n',
      '',
    ),
    bug('', `${PAYMENT}/calls/take-call.ts`, 'if (payment?.call !== data.key) {', 'if (!payment) {'),
  ),
]

import { bug, type PlantedBug } from './bug.ts'

const PAYMENT = 'services/payment-service/src'

export const paymentBugs: readonly PlantedBug[] = [
  bug(
    'no tombstone of a payment that was undone',
    `${PAYMENT}/handlers/charge-payment.ts`,
    '  if (payment.undone) return paymentFailed',
    '  if (!payment) return paymentFailed',
  ),
  bug(
    'an undo leaves no row',
    `${PAYMENT}/handlers/refund-payment.ts`,
    '    const payment = rows.get(payments, message.data.orderId) ?? tombstone(message.data, turn)\n',
    '    if (!rows.get(payments, message.data.orderId)) return { says: [paymentVoided({ orderId: message.data.orderId })] }\n    const payment = rows.get(payments, message.data.orderId) ?? tombstone(message.data, turn)\n',
  ),
  bug(
    'an undo asks by charging',
    `${PAYMENT}/calls/perform.ts`,
    'const outcome = await gateway.cancel({ ...about, amount, signal })',
    'const outcome = await gateway.charge({ ...about, key: call.chargeKey, amount: known(call), paymentMethod, signal }) as never',
  ),
  bug('a result under an old lease is applied', `${PAYMENT}/calls/record-result.ts`, 'task.token !== token || ', ''),
  bug(
    'a due call is taken under an old token',
    `${PAYMENT}/calls/take-call.ts`,
    'if (!task || task.token !== data.token)',
    'if (!task)',
  ),
  bug(
    'an unknown outcome is tried under a new key',
    `${PAYMENT}/calls/perform.ts`,
    'gateway.charge({ ...about, amount: known(call)',
    `gateway.charge({ ...about, key: \`\${call.key}/\${call.attempts}\`, amount: known(call)`,
  ),
  bug(
    'a refused refund is asked for under its old key',
    `${PAYMENT}/payments/begin-refund.ts`,
    'refusedRefunds(payment)',
    '0 * refusedRefunds(payment)',
  ),
  bug(
    'a charge that is confirmed late is kept',
    `${PAYMENT}/payments/settle.ts`,
    '  return { ...beginRefund(paid, context), answers }',
    '  return { payment: paid, answers }',
  ),
  bug(
    'a question about an open charge is acked at once',
    `${PAYMENT}/handlers/charge-payment.ts`,
    'return redeliver ? { open: true, redeliver } : { open: true }',
    'return redeliver ? { open: true } : { open: true }',
  ),
  bug(
    'who has just taken a call has waited for the gateway',
    `${PAYMENT}/calls/call.ts`,
    ' && nowMs >= due_at - leaseMs + ASKED_AFTER_MS',
    '',
  ),
  bug('a call has no task', `${PAYMENT}/calls/call.ts`, '  rows.put(tasks, task)\n', ''),
  bug(
    'a voided charge is not answered',
    `${PAYMENT}/payments/settle.ts`,
    'const charges = closeCharges(ended, paymentFailed({ orderId, reason: CANCELLED }))',
    'const charges = { payment: ended, answers: [] as Answer[] }',
  ),
  bug(
    'the gateway forgets that it cancelled',
    `${PAYMENT}/payments/simulated/rules.ts`,
    'if (charge.voided_at !== null) return',
    'if (charge.voided_at === 0) return',
  ),
]

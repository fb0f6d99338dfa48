import type { Clock } from '@skald/messaging'
import type { Gateway, Undecided } from '../payments/gateway.ts'
import type { CallStart } from './call.ts'
import type { CallResult } from './record-result.ts'

const unknown = (reason: string): CallResult => ({ call: 'again', outcome: { kind: 'unknown', reason } })

/**
 * Makes one call. Never rejects: an exception or silence is a result too, an unknown one. The controller's abort ends
 * the wait; a result may be given as its reason.
 */
export const perform = async (
  gateway: Gateway,
  call: CallStart,
  controller: AbortController,
  clock: Clock,
): Promise<CallResult> => {
  const { signal } = controller
  const limitMs = gateway.timeLimitMs
  const cancelLimit = clock.after(limitMs, () => controller.abort(unknown(`no answer within ${limitMs} ms`)))
  const aborted = new Promise<CallResult>((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason as CallResult), { once: true })
  })
  try {
    return await Promise.race([ask(gateway, call, signal), aborted])
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error))
  } finally {
    cancelLimit()
  }
}

const ask = async (gateway: Gateway, call: CallStart, signal: AbortSignal): Promise<CallResult> => {
  const { kind, amount, paymentMethod, token: _token, ...about } = call
  if (kind === 'charge') {
    const outcome = await gateway.charge({ ...about, amount: known(call), paymentMethod, signal })
    return isUndecided(outcome) ? { call: 'again', outcome } : { call: kind, outcome }
  }
  if (kind === 'void') {
    const outcome = await gateway.cancel({ ...about, amount, signal })
    return isUndecided(outcome) ? { call: 'again', outcome } : { call: kind, outcome }
  }
  const outcome = await gateway.refund({ ...about, amount: known(call), signal })
  return isUndecided(outcome) ? { call: 'again', outcome } : { call: kind, outcome }
}

const isUndecided = (outcome: { readonly kind: string }): outcome is Undecided =>
  outcome.kind === 'unknown' || outcome.kind === 'pending'

const known = ({ amount, key }: CallStart) => {
  if (!amount) throw new Error(`call ${key} has no amount`)
  return amount
}

import type { App, AppPorts } from '@skald/host'
import { type Handler, type Message, newId, tasks } from '@skald/messaging'
import { CALL_TASK, type Lease } from './calls/call.ts'
import { Calls, type CallsObserver, defaultBounds } from './calls/calls.ts'
import { recordResult } from './calls/record-result.ts'
import { takeCall } from './calls/take-call.ts'
import { chargePayment } from './handlers/charge-payment.ts'
import { refundPayment } from './handlers/refund-payment.ts'
import type { Gateway } from './payments/gateway.ts'
import { payments } from './payments/payment.ts'
import { SOURCE } from './source.ts'

/** What a lease has beyond the call itself: for a place, and for the commit after. More keeps a crashed process's calls waiting longer. */
const LEASE_MARGIN_MS = 4_000
/** Calls under way get this long at a stop; it must leave time to give the others back before the process ends. */
const STOP_GRACE_MS = 1_500

export interface PaymentAppOptions {
  readonly gateway: Gateway
  /** First wait after a try of unknown outcome. */
  readonly gatewayRetryMs: number
  readonly observer: CallsObserver
}

/** What the service does with messages and tasks, on any store, broker and gateway. */
export const paymentApp = (ports: AppPorts, { gateway, gatewayRetryMs, observer }: PaymentAppOptions): App => {
  const { submit, clock, random } = ports
  const lease: Lease = { leaseMs: gateway.timeLimitMs + LEASE_MARGIN_MS, process: random() }
  const ask = <Data extends { readonly orderId: string }>(handler: Handler<Data>, data: Data): Promise<unknown> => {
    const nowMs = clock.nowMs()
    const id = newId(nowMs, random())
    const time = new Date(nowMs).toISOString()
    const message: Message<Data> = {
      id,
      type: handler.type,
      source: SOURCE,
      subject: data.orderId,
      time,
      correlationId: '',
      data,
    }
    return submit(handler, message)
  }
  const record = recordResult({ ...lease, retryMs: gatewayRetryMs })
  const take = takeCall(lease)
  const calls = new Calls({
    gateway,
    bounds: defaultBounds,
    leaseMs: lease.leaseMs,
    clock,
    record: (returned) => ask(record, returned),
    take: (due) => ask(take, due),
    observer,
  })
  return {
    handlers: [chargePayment(lease), refundPayment(lease)] as readonly Handler[],
    lockOrder: [payments, tasks],
    durables: [{ durable: 'payment-service-commands', maxInHand: 1_000 }],
    tasks: { [CALL_TASK]: (task) => calls.due(task) },
    handled: (_message, reply) => calls.handled(reply),
    stopping: () => calls.stop(STOP_GRACE_MS),
  }
}

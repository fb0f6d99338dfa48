import { type Api, call, field } from './api.ts'
import type { Ending, Kind } from './kinds.ts'

export interface OrderRun {
  readonly kind: string
  readonly orderId: string
  readonly sagaId: string
  readonly order: string
  readonly saga: string
  readonly steps: number
  /** From the POST until the saga was seen to have ended. */
  readonly ms: number
  /** What is wrong with the ending; undefined when it is as its kind promises. */
  readonly fault?: string
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  'CONFIRMED/COMPLETED': 'CONFIRMED',
  'CANCELLED/COMPENSATED': 'CANCELLED',
  'PENDING/NEEDS_ATTENTION': 'NEEDS_ATTENTION',
}
/** Between two looks at the same order, doubling up to the second: a thousand waiting orders must not be the load. */
const FIRST_LOOK_MS = 50
const SLOWEST_LOOK_MS = 1_000

export interface RunOptions {
  readonly sku: string
  /** After this an order counts as stuck. */
  readonly patienceMs: number
}

/** Sends one order and waits until it and its saga have ended. */
export const runOrder = async (api: Api, kind: Kind, { sku, patienceMs }: RunOptions): Promise<OrderRun> => {
  const startedMs = performance.now()
  const placed = await call('POST', `${api.order}/orders`, {
    customerId: 'test-event-flow',
    items: [{ sku, quantity: kind.tooMuch ? 1_000_000 : 1 }],
    ...(kind.paymentMethod && { paymentMethod: kind.paymentMethod }),
  })
  const orderId = String(field(placed.body, 'orderId'))
  const sagaId = String(field(placed.body, 'sagaId'))
  const run = { kind: kind.name, orderId, sagaId, order: '-', saga: '-', steps: 0 }
  const ms = () => Math.round(performance.now() - startedMs)
  if (placed.status !== 201) return { ...run, ms: ms(), fault: `POST /orders answered ${JSON.stringify(placed)}` }
  if (kind.cancels) await call('POST', `${api.order}/orders/${orderId}/cancel`)

  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, SLOWEST_LOOK_MS)) {
    const [order, saga] = await Promise.all([
      call('GET', `${api.order}/orders/${orderId}`),
      call('GET', `${api.coordinator}/sagas/${sagaId}`),
    ])
    const seen = { ...run, order: String(field(order.body, 'status')), saga: String(field(saga.body, 'status')) }
    const ending = ENDINGS[`${seen.order}/${seen.saga}`]
    if (ending || ms() > patienceMs) {
      const history = field(saga.body, 'history')
      const fault = faultOf(kind, ending)
      return { ...seen, steps: Array.isArray(history) ? history.length : 0, ms: ms(), ...(fault && { fault }) }
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

const faultOf = (kind: Kind, ending: Ending | undefined): string | undefined => {
  if (!ending) return 'did not end in time'
  return kind.endings.includes(ending) ? undefined : `ended ${ending}, expected ${kind.endings.join(' or ')}`
}

import type { NatsConnection } from 'nats'
import { cpuMicros, cpuPerSaga } from './cpu.ts'
import { HttpLanes } from './http-lanes.ts'

export interface LoopOptions {
  readonly orderUrl: string
  readonly inFlight: number
  readonly warmUpMs: number
  readonly measureMs: number
  readonly skus: readonly string[]
  /** Where the processes' pid files are. */
  readonly home: string
}

export interface LoopResult {
  readonly sagasPerSecond: number
  readonly confirmed: number
  readonly cancelled: number
  readonly failedPosts: number
  readonly endP50Ms: number
  readonly endP99Ms: number
  readonly postP50Ms: number
  readonly postP99Ms: number
  readonly cpuMicrosPerSaga: Readonly<Record<string, number>>
  readonly loadGeneratorMicrosPerSaga: number
}

/** Connections to the order service; POSTs beyond them wait, as they would in a load balancer. */
const SOCKETS = 64
const LINES = 2

/**
 * Keeps so many orders in flight: each that ends is followed by the next. An order's time runs from its POST until the
 * event of its end is seen on the broker, by anybody who listens. Ends within the measured window count, both outcomes.
 */
export const closedLoop = async (nats: NatsConnection, options: LoopOptions): Promise<LoopResult> => {
  const lanes = new HttpLanes(options.orderUrl, SOCKETS)
  const started = new Map<string, number>()
  const endedEarly = new Map<string, number>()
  const endMs: number[] = []
  const postMs: number[] = []
  const counts = { confirmed: 0, cancelled: 0, failedPosts: 0 }
  let measuring = false
  let stopping = false
  let sent = 0

  const place = (): void => {
    if (stopping) return
    const sentMs = performance.now()
    sent += 1
    post(lanes, bodyOf(sent, options.skus)).then(
      (orderId) => {
        if (measuring) postMs.push(performance.now() - sentMs)
        const endedMs = endedEarly.get(orderId)
        if (endedMs === undefined) started.set(orderId, sentMs)
        else {
          endedEarly.delete(orderId)
          finish(sentMs, endedMs)
        }
      },
      () => {
        counts.failedPosts += 1
        setTimeout(place, 100)
      },
    )
  }
  const finish = (sentMs: number, endedMs: number): void => {
    if (measuring) endMs.push(endedMs - sentMs)
    place()
  }
  const onEnd = (kind: 'confirmed' | 'cancelled', orderId: string): void => {
    if (measuring) counts[kind] += 1
    const now = performance.now()
    const sentMs = started.get(orderId)
    if (sentMs === undefined) endedEarly.set(orderId, now)
    else {
      started.delete(orderId)
      finish(sentMs, now)
    }
  }
  const subscriptions = (['confirmed', 'cancelled'] as const).map((kind) =>
    nats.subscribe(`order.${kind}.v1`, {
      callback: (_error, message) => onEnd(kind, orderIdOf(message.string())),
    }),
  )
  for (let count = 0; count < options.inFlight; count += 1) place()
  await new Promise((resolve) => setTimeout(resolve, options.warmUpMs))
  const cpuBefore = cpuMicros(options.home)
  const ownBefore = process.cpuUsage()
  measuring = true
  const beganMs = performance.now()
  await new Promise((resolve) => setTimeout(resolve, options.measureMs))
  measuring = false
  const tookMs = performance.now() - beganMs
  const cpuAfter = cpuMicros(options.home)
  const own = process.cpuUsage(ownBefore)
  stopping = true
  for (const subscription of subscriptions) subscription.unsubscribe()
  lanes.close()
  return {
    sagasPerSecond: Math.round(((counts.confirmed + counts.cancelled) / tookMs) * 1_000),
    ...counts,
    endP50Ms: quantile(endMs, 0.5),
    endP99Ms: quantile(endMs, 0.99),
    postP50Ms: quantile(postMs, 0.5),
    postP99Ms: quantile(postMs, 0.99),
    cpuMicrosPerSaga: cpuPerSaga(cpuBefore, cpuAfter, counts.confirmed + counts.cancelled),
    loadGeneratorMicrosPerSaga: Math.round((own.user + own.system) / (counts.confirmed + counts.cancelled)),
  }
}

const bodyOf = (index: number, skus: readonly string[]): string => {
  const items = Array.from({ length: LINES }, (_, line) => ({
    sku: skus[(index * LINES + line) % skus.length],
    quantity: 1,
  }))
  return JSON.stringify({ customerId: 'bench', items })
}

/** The subject of the event; looked for in the text, since parsing a thousand events a second is load of our own. */
const orderIdOf = (text: string): string => /"subject":"([^"]+)"/.exec(text)?.[1] ?? ''

const post = async (lanes: HttpLanes, body: string): Promise<string> => {
  const answer = await lanes.post('/orders', body)
  const orderId = /"orderId":"([^"]+)"/.exec(answer.body)?.[1]
  if (answer.status === 201 && orderId) return orderId
  throw new Error(`POST /orders answered ${answer.status}: ${answer.body.slice(0, 200)}`)
}

const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10
}

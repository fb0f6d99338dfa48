import { randomBytes } from 'node:crypto'
import { codec, contracts } from '@skald/contracts'
import { createPostgresStore, openDatabase } from '@skald/database'
import { type App, type AppPorts, type Ask, asker } from '@skald/host'
import { type Bus, type Clock, type Delivery, inbox, type Message, Processor } from '@skald/messaging'
import { createMetrics, silentLogger } from '@skald/service'

/** A service's own handlers on its own database, without a broker: what was forgotten is put before them once more. */
export interface Handing {
  /** Hands it a message as its durable would. What is said because of it stays in the inbox, and is said when it is asked for. */
  hand(message: Message): Promise<void>
  readonly ask: Ask
  close(): Promise<void>
}

/** A message was refused: it is a dead letter now, and a person must look. */
export class Refused extends Error {}

/** Nothing here takes long: a handler that finishes no batch for so long has lost its database. */
const STOP_WITHIN_MS = 5_000
const DURABLE = 'restored'

const clock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, then) {
    const timer = setTimeout(then, delayMs)
    return () => clearTimeout(timer)
  },
}

type Handled = Pick<App, 'handlers' | 'lockOrder' | 'inbox'>

export const openHanding = (service: string, databaseUrl: string, appOf: (ports: AppPorts) => Handled): Handing => {
  const database = openDatabase({ url: databaseUrl, applicationName: 'verify --repair' })
  const store = createPostgresStore(database)
  const refused = new Map<string, string>()
  let lastFault: unknown
  const failing = (_: unknown, error: unknown): void => {
    lastFault = error
  }
  let deliver: (delivery: Delivery) => void = () => undefined
  const bus: Bus = {
    publish: () => Promise.resolve({ stream: '', sequence: 0, duplicate: false }),
    takes: () => true,
    consume({ onDelivery }) {
      deliver = onDelivery
      return { pause: () => undefined, resume: () => undefined, stop: () => Promise.resolve() }
    },
    progress: () => Promise.resolve({ streams: {}, durables: {} }),
  }
  const ports: AppPorts = {
    store,
    bus,
    logger: silentLogger,
    metrics: createMetrics(service, { processMetrics: false }),
    clock,
    random: () => randomBytes(16).toString('hex'),
    submit: (handler, message) => processor.submit(handler, message),
  }
  const app = appOf(ports)
  const processor = new Processor({
    source: `/${service}`,
    store,
    bus,
    codec,
    check: contracts.check,
    handlers: app.handlers,
    lockOrder: app.lockOrder,
    inbox: app.inbox ?? inbox,
    durables: [{ durable: DURABLE, maxInHand: 1 }],
    // What is due waits for the service itself.
    tasks: { take: {}, leaseMs: 0, pollMs: 0, limit: 0 },
    clock,
    observer: {
      ...UNSEEN,
      failed: failing,
      stalled: failing,
      deadLetter: (reason, { id }, detail) => refused.set(id, `${reason}: ${detail}`),
    },
  })
  processor.start()
  return {
    async hand(message) {
      const isHandled = await new Promise<boolean>((resolve) => deliver(deliveryOf(message, resolve)))
      if (!isHandled) {
        const cause = lastFault instanceof Error ? lastFault.message : 'no reason was given'
        throw new Error(`${service} could not take ${message.type} ${message.id} (${cause}); repair again`)
      }
      const why = refused.get(message.id)
      if (why !== undefined) throw new Refused(`${service} refused ${message.type} ${message.id}: ${why}`)
    },
    ask: asker(ports, `/${service}`),
    async close() {
      await processor.stop(STOP_WITHIN_MS)
      await database.close()
    },
  }
}

const deliveryOf = (message: Message, handled: (isHandled: boolean) => void): Delivery => ({
  durable: DURABLE,
  subject: codec.wireOf(message.type),
  payload: Buffer.from(codec.encode(message)),
  msgId: message.id,
  // It may well have been handled: nothing is guessed about its rows.
  deliveries: 2,
  sequence: 0,
  ack: () => handled(true),
  nak: () => handled(false),
  working: () => undefined,
})

const unseen = (): void => undefined
const UNSEEN = {
  batch: unseen,
  handled: unseen,
  duplicate: unseen,
  resent: unseen,
  redelivered: unseen,
  deadLetter: unseen,
  failed: unseen,
  stalled: unseen,
  unpublished: unseen,
  taskTaken: unseen,
  paused: unseen,
}

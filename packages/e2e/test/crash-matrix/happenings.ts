import { inventoryCommit, inventoryRelease } from '@skald/contracts'
import { type ServiceProcess, serviceProcesses } from '@skald/e2e'
import type { TaskSays } from './triggers.ts'
import { kinds, type World } from './world.ts'

/*
 * What makes each message, task and request happen. The list of messages comes from the contracts: one without an entry
 * here fails the matrix.
 */

export type Provoke = (world: World) => Promise<unknown>
type ProvokeIn = (world: World, service: ServiceProcess) => Promise<unknown>

const ordering =
  (kind: (typeof kinds)[keyof typeof kinds]): ProvokeIn =>
  (world) =>
    world.order(kind)

const { approved, declined, outOfStock, withdrawn, refunded, refundedLate, stuck, late, flaky } = kinds

/** A subject under which each service takes messages. */
const garbageFor: Readonly<Record<ServiceProcess, string>> = {
  'order-service': 'command.order.confirm.v1',
  'payment-service': 'command.payment.charge.v1',
  'inventory-service': 'command.inventory.reserve.v1',
  'saga-coordinator': 'payment.confirmed.v1',
}

const askForCatalogue: ProvokeIn = (world) => world.hasten('order-service', 'ask-for-catalogue')
const deadLetter: ProvokeIn = (world, service) => world.garbage(garbageFor[service])

export const messagesHappen: Readonly<Record<string, ProvokeIn>> = {
  'order.created.v1': ordering(approved),
  'command.inventory.reserve.v1': ordering(approved),
  'inventory.reserved.v1': ordering(approved),
  'command.payment.charge.v1': ordering(approved),
  'payment.confirmed.v1': ordering(approved),
  'command.inventory.commit.v1': ordering(approved),
  'inventory.committed.v1': ordering(approved),
  'command.order.confirm.v1': ordering(approved),
  'order.confirmed.v1': ordering(approved),
  'payment.failed.v1': ordering(declined),
  'command.inventory.release.v1': ordering(declined),
  'inventory.released.v1': ordering(declined),
  'command.order.cancel.v1': ordering(declined),
  'order.cancelled.v1': ordering(declined),
  'inventory.failed.v1': ordering(outOfStock),
  'order.cancel-requested.v1': ordering(withdrawn),
  'command.payment.refund.v1': ordering(withdrawn),
  'payment.voided.v1': ordering(withdrawn),
  'payment.refunded.v1': ordering(refunded),
  'payment.refund-failed.v1': ordering(refundedLate),
  'command.order.fail.v1': ordering(stuck),
  'order.failed.v1': ordering(stuck),
  'product.updated.v1': (world) => world.reprice(),
  'command.product.announce.v1': askForCatalogue,
  'product.announced.v1': askForCatalogue,
  'dead-letter.reported.v1': deadLetter,
}

export interface TaskKind extends TaskSays {
  readonly services: readonly ServiceProcess[]
  readonly provoke: ProvokeIn
}

/** Makes such tasks, and lets their time pass. */
const hastened =
  (kind: string, service: ServiceProcess, make: Provoke = () => Promise.resolve()): ProvokeIn =>
  async (world) => {
    await make(world)
    await world.hasten(service, kind)
  }

/** Another program says it of an order that holds stock, without its items: they must be looked up. */
const bareCommand =
  (kind: typeof withdrawn | typeof late, speak: typeof inventoryCommit | typeof inventoryRelease): ProvokeIn =>
  (world) =>
    world.meddle(kind, (orderId) => speak({ orderId }))

export const taskKinds: readonly TaskKind[] = [
  {
    kind: 'announce-order',
    services: ['order-service'],
    // A repeat: the first announcement is the request's own.
    says: /^order\.created\.v1 .*:\d+$/,
    removes: 'announce-order/',
    provoke: hastened('announce-order', 'order-service', (world) => world.order(late)),
  },
  {
    kind: 'announce-cancel',
    services: ['order-service'],
    says: /^order\.cancel-requested\.v1 .*:\d+$/,
    removes: 'announce-cancel/',
    provoke: hastened('announce-cancel', 'order-service', (world) =>
      Promise.all([world.order(stuck), world.order(withdrawn)]),
    ),
  },
  {
    kind: 'ask-for-catalogue',
    services: ['order-service'],
    says: /^command\.product\.announce\.v1 /,
    // Rounds go on for ever.
    removes: undefined,
    provoke: askForCatalogue,
  },
  {
    kind: 'gateway-call',
    services: ['payment-service'],
    says: /^payment\.confirmed\.v1 /,
    removes: '/charge/0',
    provoke: (world) => world.order(flaky),
  },
  {
    kind: 'announce-change',
    services: ['inventory-service'],
    says: /^product\.updated\.v1 .*:\d+$/,
    removes: 'announce-change/',
    provoke: hastened('announce-change', 'inventory-service', (world) => world.reprice()),
  },
  {
    kind: 'page-look-up',
    services: ['inventory-service'],
    says: /^product\.announced\.v1 /,
    removes: 'page-look-up/',
    provoke: askForCatalogue,
  },
  {
    kind: 'commit-look-up',
    services: ['inventory-service'],
    says: /^inventory\.committed\.v1 /,
    removes: 'commit-look-up/',
    provoke: bareCommand(late, inventoryCommit),
  },
  {
    kind: 'release-look-up',
    services: ['inventory-service'],
    says: /^inventory\.released\.v1 /,
    removes: 'release-look-up/',
    provoke: bareCommand(withdrawn, inventoryRelease),
  },
  {
    kind: 'wake',
    services: ['saga-coordinator'],
    // A nudge; what a deadline makes a saga say is not a repeat.
    says: /^command\..* .*:\d+$/,
    removes: 'wake/',
    provoke: (world) => world.order(late),
  },
  {
    kind: 'report-dead-letter',
    services: serviceProcesses,
    says: /^dead-letter\.reported\.v1 /,
    removes: 'report-dead-letter/',
    provoke: async (world, service) => {
      await world.garbage(garbageFor[service])
      await world.hasten(service, 'report-dead-letter')
    },
  },
]

export interface RequestKind {
  readonly name: string
  readonly service: ServiceProcess
  /** What only its transaction writes: a parameter that holds this, of a statement that begins so. */
  readonly writes: string
  readonly sql: string
  readonly provoke: Provoke
}

export const requests: readonly RequestKind[] = [
  {
    name: 'place-order',
    service: 'order-service',
    writes: '',
    sql: 'INSERT INTO "orders"',
    provoke: (world) => world.order(approved),
  },
  {
    name: 'cancel-order',
    service: 'order-service',
    writes: 'announce-cancel/',
    sql: 'INSERT INTO "task"',
    provoke: (world) => world.order(withdrawn),
  },
  {
    name: 'put-product',
    service: 'inventory-service',
    writes: 'announce-change/',
    sql: 'INSERT INTO "task"',
    provoke: (world) => world.reprice(),
  },
  {
    name: 'adjust-stock',
    service: 'inventory-service',
    writes: '',
    sql: 'INSERT INTO "adjustment"',
    provoke: (world) => world.adjust(),
  },
]

import { inventoryApp } from '@skald/inventory-service'
import { orderApp } from '@skald/order-service'
import { type Gateway, paymentApp } from '@skald/payment-service'
import {
  type Coordination,
  coordinate,
  Definitions,
  definitionsFor,
  historyInbox,
  LOCK_ORDER,
  Pauses,
  patienceOf,
} from '@skald/saga-coordinator'
import { alertConfig, loadConfig, sagaConfig, topologyConfig } from '@skald/service'
import { urlsOf } from '../verification/databases.ts'
import { type Handing, openHanding } from './handing.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The services of the order saga, each on its restored database. */
export interface Services {
  readonly order: Handing
  readonly payment: Handing
  readonly inventory: Handing
  readonly saga: Handing
  readonly coordination: Coordination
  close(): Promise<void>
}

export const openServices = (env: Env): Services => {
  const urls = urlsOf(env)
  const config = loadConfig([sagaConfig, alertConfig, topologyConfig], env)
  const coordination: Coordination = {
    definitions: new Definitions(definitionsFor(config)),
    patience: patienceOf(config),
    pauses: new Pauses({ nowMs: () => Date.now() }),
  }
  const services = {
    order: openHanding('order-service', urls.order, (ports) => orderApp(ports, UNREAD)),
    payment: openHanding('payment-service', urls.payment, (ports) =>
      paymentApp(ports, { gateway: NO_GATEWAY, gatewayRetryMs: 0, observer: UNSEEN }),
    ),
    inventory: openHanding('inventory-service', urls.inventory, (ports) => inventoryApp(ports, NOT_LOOKED_UP)),
    saga: openHanding('saga-coordinator', urls.saga, () => ({
      handlers: coordinate(coordination),
      lockOrder: LOCK_ORDER,
      inbox: historyInbox,
    })),
  }
  return {
    ...services,
    coordination,
    close: async () => void (await Promise.all(Object.values(services).map((service) => service.close()))),
  }
}

const never = (): Promise<never> => Promise.reject(new Error('a repair calls nobody and looks nothing up'))

/** A call that a repair leads to is a task: payment-service makes it when it runs, under its key. */
const NO_GATEWAY: Gateway = { timeLimitMs: 0, charge: never, cancel: never, refund: never }
const UNREAD = { marks: { get: never, put: never, makeDue: never }, hasProducts: never }
const NOT_LOOKED_UP = { products: never, reservedItems: never }
const unseen = (): void => undefined
const UNSEEN = { returned: unseen, inFlight: unseen, leftToLease: unseen }

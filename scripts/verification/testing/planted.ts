import type { Databases } from '../databases.ts'
import type { CleanSystem } from './clean-system.ts'

type Made = CleanSystem['made']
type Sql = (made: Made) => string

/** What must not be, put into a clean state by SQL, and how it is then named. */
export interface Planted {
  readonly invariant: string
  readonly what: string
  readonly changes: readonly (readonly [Exclude<keyof Databases, 'close' | 'trip'>, Sql])[]
  readonly names: (made: Made) => string
}

const approved =
  (sentence: (ids: Made['approved']) => string) =>
  (made: Made): string =>
    sentence(made.approved)

const MONEY = 'money was kept exactly for confirmed orders, by the books of the gateway'

const ordersAndSagas: readonly Planted[] = [
  {
    invariant: 'every order has one saga, and every saga an order',
    what: 'an order without a saga',
    changes: [
      ['saga', ({ declined }) => `DELETE FROM saga WHERE saga_id = '${declined.sagaId}'`],
      ['saga', ({ declined }) => `DELETE FROM history WHERE saga_id = '${declined.sagaId}'`],
    ],
    names: ({ declined }) => `order ${declined.orderId} has 0 sagas`,
  },
  {
    invariant: 'every order has one saga, and every saga an order',
    what: 'a saga without an order',
    changes: [['order', ({ declined }) => `DELETE FROM orders WHERE order_id = '${declined.orderId}'`]],
    names: ({ declined }) => `saga ${declined.sagaId} is about order ${declined.orderId}, which does not exist`,
  },
  {
    invariant: 'every order has one saga, and every saga an order',
    what: 'an order that names another saga',
    changes: [['order', ({ declined }) => `UPDATE orders SET saga_id = 'x' WHERE order_id = '${declined.orderId}'`]],
    names: ({ declined }) => `order ${declined.orderId} names saga x, saga ${declined.sagaId} names it`,
  },
  {
    invariant: 'every saga has ended, or waits for a person',
    what: 'a saga that runs',
    changes: [
      ['saga', ({ needsPerson }) => `UPDATE saga SET status = 'COMPENSATING' WHERE saga_id = '${needsPerson.sagaId}'`],
    ],
    names: ({ needsPerson }) => `saga ${needsPerson.sagaId} is still COMPENSATING`,
  },
  {
    invariant: 'order and saga ended alike',
    what: 'a cancelled order of a completed saga',
    changes: [
      ['order', approved(({ orderId }) => `UPDATE orders SET status = 'CANCELLED' WHERE order_id = '${orderId}'`)],
    ],
    names: approved(({ orderId, sagaId }) => `order ${orderId} is CANCELLED, its saga ${sagaId} COMPLETED`),
  },
  {
    invariant: 'order and saga ended alike',
    what: 'a confirmed order whose refund waits for a person',
    changes: [
      [
        'order',
        ({ needsPerson }) => `UPDATE orders SET status = 'CONFIRMED' WHERE order_id = '${needsPerson.orderId}'`,
      ],
    ],
    names: ({ needsPerson }) => `its saga ${needsPerson.sagaId} NEEDS_ATTENTION`,
  },
  {
    invariant: 'the list of cancelled orders is complete',
    what: 'a line too many',
    changes: [['order', approved(({ orderId }) => `INSERT INTO order_cancelled VALUES ('${orderId}', now())`)]],
    names: approved(({ orderId }) => `order ${orderId} is CONFIRMED, in the list of cancelled ones`),
  },
  {
    invariant: 'no order that ended is announced, and every other is',
    what: 'an announcement that goes on',
    changes: [
      [
        'order',
        approved(
          ({ orderId }) =>
            `INSERT INTO task VALUES ('announce-order/${orderId}', 'announce-order', now(), '', 0, '{}')`,
        ),
      ],
    ],
    names: approved(({ orderId }) => `order ${orderId} is CONFIRMED, it is still announced`),
  },
  {
    invariant: 'no order that ended is announced, and every other is',
    what: 'a lost announcement',
    changes: [['order', ({ needsPerson }) => `DELETE FROM task WHERE id = 'announce-order/${needsPerson.orderId}'`]],
    names: ({ needsPerson }) => `order ${needsPerson.orderId} is PENDING, nothing announces it`,
  },
]

const stock: readonly Planted[] = [
  {
    invariant: 'stock was taken exactly for confirmed orders',
    what: 'stock taken for a cancelled order',
    changes: [
      [
        'inventory',
        ({ declined }) => `UPDATE reservation SET status = 'COMMITTED' WHERE order_id = '${declined.orderId}'`,
      ],
    ],
    names: ({ declined }) => `order ${declined.orderId}: reservation COMMITTED, saga COMPENSATED`,
  },
  {
    invariant: 'stock was taken exactly for confirmed orders',
    what: 'stock taken for nobody',
    changes: [['inventory', () => `INSERT INTO reservation VALUES ('nobody', 'COMMITTED', '[]', '[]', now())`]],
    names: () => 'order nobody took stock and has no saga',
  },
  {
    invariant: 'no reservation is held without a saga that runs',
    what: 'an orphan',
    changes: [['inventory', () => `INSERT INTO reservation VALUES ('nobody', 'HELD', '[]', '[]', now())`]],
    names: () => 'order nobody holds stock and no saga of it runs',
  },
  {
    invariant: 'no stock appeared or vanished',
    what: 'stock from nowhere',
    changes: [['inventory', () => `UPDATE stock SET on_hand = on_hand + 1`]],
    names: () => 'tea: 99 on hand, 98 by adjustments less what was taken',
  },
  {
    invariant: 'no stock appeared or vanished',
    what: 'reserved for nobody',
    changes: [['inventory', () => `UPDATE stock SET reserved = reserved + 1`]],
    names: () => 'tea: 3 reserved, 2 held by orders',
  },
]

const chargeOf = (orderId: string, key: string): string =>
  `INSERT INTO gateway.charge (key, order_id, amount, currency, outcome, first_called_at, failures, refunded, refused_refunds)
   VALUES ('${key}', '${orderId}', 2000, 'EUR', 'succeeded', now(), 0, 0, 0)`

const money: readonly Planted[] = [
  {
    invariant: MONEY,
    what: 'a cancelled order that is charged',
    changes: [
      ['payment', ({ declined }) => `DELETE FROM gateway.charge WHERE order_id = '${declined.orderId}'`],
      ['payment', ({ declined }) => chargeOf(declined.orderId, 'planted')],
    ],
    names: ({ declined }) => `order ${declined.orderId}: 2000 kept, 0 due, saga COMPENSATED`,
  },
  {
    invariant: MONEY,
    what: 'a confirmed order that is refunded',
    changes: [
      [
        'payment',
        approved(
          ({ orderId }) =>
            `INSERT INTO gateway.refund VALUES ('planted', 'x', '${orderId}', 2000, 'EUR', 'succeeded', NULL, now())`,
        ),
      ],
    ],
    names: approved(({ orderId }) => `order ${orderId}: 0 kept, 2000 due, saga COMPLETED`),
  },
  {
    invariant: MONEY,
    what: 'a charge of nobody',
    changes: [['payment', () => chargeOf('nobody', 'planted')]],
    names: () => 'order nobody: 2000 kept, no saga',
  },
  {
    invariant: 'nobody was charged or refunded twice',
    what: 'a second charge',
    changes: [['payment', approved(({ orderId }) => chargeOf(orderId, 'planted'))]],
    names: approved(({ orderId }) => `order ${orderId} was charged 2 times`),
  },
  {
    invariant: 'a payment ended as its saga did',
    what: 'a payment that is confirmed for a cancelled order',
    changes: [
      ['payment', ({ lostReply }) => `UPDATE payment SET status = 'CONFIRMED' WHERE order_id = '${lostReply.orderId}'`],
    ],
    names: ({ lostReply }) => `order ${lostReply.orderId}: payment CONFIRMED, saga COMPENSATED`,
  },
  {
    invariant: 'payment-service believes what the gateway did',
    what: 'a refund that was never made',
    changes: [
      ['payment', approved(({ orderId }) => `UPDATE payment SET status = 'REFUNDED' WHERE order_id = '${orderId}'`)],
    ],
    names: approved(({ orderId }) => `order ${orderId}: payment REFUNDED, a charge in the books`),
  },
  {
    invariant: 'payment-service believes what the gateway did',
    what: 'a charge that it forgot',
    changes: [['payment', approved(({ orderId }) => `DELETE FROM payment WHERE order_id = '${orderId}'`)]],
    names: approved(({ orderId }) => `order ${orderId} was charged and has no payment`),
  },
  {
    invariant: 'every call to the gateway that is waited for is made',
    what: 'a call without a caller',
    changes: [['payment', approved(({ orderId }) => `UPDATE payment SET call = 'lost' WHERE order_id = '${orderId}'`)]],
    names: approved(({ orderId }) => `order ${orderId} waits for the call lost, which nobody makes`),
  },
]

export const planted: readonly Planted[] = [...ordersAndSagas, ...stock, ...money]

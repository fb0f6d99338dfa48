/** Sagas that exist, for messages that are wrong about them. */
export interface KnownSaga {
  readonly orderId: string
  readonly sagaId: string
}

export interface Known {
  /** Confirmed and completed. */
  readonly ended: KnownSaga
  /** Waits for its payment until every hostile message was sent, and is confirmed then. */
  readonly waiting: KnownSaga & { readonly chargeId: string; readonly reserveId: string }
}

/** Where a hostile message must be seen: as a dead letter of a service with the reason, or ignored in a saga's history. */
export type Ending =
  | { readonly dead: string }
  | { readonly ignored: RegExp; readonly saga: (known: Known) => string }
  /** It was handled, and its reply is what nobody waits for. */
  | { readonly reply: string; readonly replyDead: string }
  /** It is odd and valid: it announced this product, which is then known. */
  | { readonly announces: string }

export interface HostileMessage {
  readonly what: string
  readonly subject: string
  /** Published before, and nothing wrong with it. */
  readonly before?: (known: Known) => string
  readonly payload: (known: Known) => string | Uint8Array
  /** The header Nats-Msg-Id; none when not given. */
  readonly msgId?: string
  readonly ends: Ending
}

let lastId = 0
/** Any unique string is a valid id of a message. */
export const uniqueId = (): string => {
  lastId += 1
  return `hostile-${lastId}`
}

/** A message that is as it should be, but for the changes. */
export const cloudEvent = (
  type: string,
  subject: string,
  data: unknown,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => ({
  specversion: '1.0',
  id: uniqueId(),
  source: '/mallory',
  type,
  subject,
  time: '2030-01-01T00:00:00Z',
  datacontenttype: 'application/json',
  data,
  ...changes,
})

const COMMANDS =
  /^(inventory\.(reserve|release|commit)|payment\.(charge|refund)|order\.(confirm|cancel|fail)|product\.announce)\.v1$/

/** The subject on which a type belongs. */
export const wireOf = (type: string): string => (COMMANDS.test(type) ? `command.${type}` : type)

const OWNERS: readonly (readonly [prefix: string, service: string])[] = [
  ['product.', 'order-service'],
  ['command.order.', 'order-service'],
  ['command.payment.', 'payment-service'],
  ['command.inventory.', 'inventory-service'],
  ['command.product.', 'inventory-service'],
]

/** The service that meets what comes under a subject: all that is nobody else's is the coordinator's. */
export const ownerOf = (subject: string): string =>
  OWNERS.find(([prefix]) => subject.startsWith(prefix))?.[1] ?? 'saga-coordinator'

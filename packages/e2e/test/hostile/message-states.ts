import { cloudEvent, type HostileMessage, type Known, uniqueId, wireOf } from '@skald/e2e'

/* Messages that are well said and wrong all the same: about nobody, in somebody else's name, too late, or twice. */

const money = { amount: 100, currency: 'EUR' }

type Fields = Readonly<Record<string, unknown>>
type Told = { readonly about: string; readonly data?: Fields; readonly fields?: Fields }

const told = (type: string, { about, data = {}, fields = {} }: Told): string =>
  JSON.stringify(cloudEvent(type, about, { orderId: about, ...data }, fields))

const dead = (what: string, type: string, reason: string, tell: (known: Known) => Told): HostileMessage => ({
  what: `${wireOf(type)}: ${what}`,
  subject: wireOf(type),
  payload: (known) => told(type, tell(known)),
  ends: { dead: reason },
})

const REPLIES: Readonly<Record<string, Fields>> = {
  'inventory.reserved.v1': {},
  'inventory.failed.v1': { reason: 'x', missing: [] },
  'inventory.released.v1': {},
  'inventory.committed.v1': {},
  'payment.confirmed.v1': { amount: money },
  'payment.failed.v1': { reason: 'x' },
  'payment.refunded.v1': { amount: money },
  'payment.voided.v1': {},
  'payment.refund-failed.v1': { amount: money, reason: 'x' },
  'order.confirmed.v1': {},
  'order.cancelled.v1': { reason: 'x' },
  'order.failed.v1': { reason: 'x' },
}

const ofNobody = Object.entries(REPLIES).flatMap(([type, data]) => [
  dead('of a saga that nobody knows', type, 'unknown-saga', () => ({
    about: 'nobody',
    data,
    fields: { correlationid: 'no-such-saga' },
  })),
  dead('of no saga', type, 'unknown-saga', () => ({ about: 'nobody', data })),
])

const ofAnother = Object.entries(REPLIES).map(([type, data]) =>
  dead('in the name of the saga of another order', type, 'wrong-correlation', ({ waiting }) => ({
    about: 'nobody',
    data,
    fields: { correlationid: waiting.sagaId },
  })),
)

const unknownOrders: readonly HostileMessage[] = [
  dead('an order that nobody knows', 'order.confirm.v1', 'unknown-order', () => ({ about: 'nobody' })),
  dead('an order that nobody knows', 'order.cancel.v1', 'unknown-order', () => ({
    about: 'nobody',
    data: { reason: 'x' },
  })),
  dead('an order that nobody knows', 'order.fail.v1', 'unknown-order', () => ({
    about: 'nobody',
    data: { reason: 'x', effect: 'payment.refund' },
  })),
  dead('an order that is confirmed', 'order.cancel.v1', 'ended-otherwise', ({ ended }) => ({
    about: ended.orderId,
    data: { reason: 'x' },
    fields: { correlationid: ended.sagaId },
  })),
  dead('stock that has left', 'inventory.release.v1', 'committed-before', ({ ended }) => ({
    about: ended.orderId,
    fields: { correlationid: ended.sagaId },
  })),
  dead('another amount', 'payment.charge.v1', 'other-amount', ({ ended }) => ({
    about: ended.orderId,
    data: { amount: money },
    fields: { correlationid: ended.sagaId },
  })),
  dead('in the name of the saga of another order', 'order.created.v1', 'wrong-correlation', ({ waiting }) => ({
    about: 'nobody',
    data: { customerId: 'm', items: [{ sku: 'e2e-hostile', quantity: 1, price: money }], total: money },
    fields: { correlationid: waiting.sagaId },
  })),
]

/** An undo of what never was leaves a mark, and says so to a saga that nobody knows. */
const undone = (type: string, reply: string): HostileMessage => ({
  what: `${wireOf(type)}: for an order that nobody knows`,
  subject: wireOf(type),
  payload: () => told(type, { about: uniqueId(), fields: { correlationid: 'no-such-saga' } }),
  ends: { replyDead: 'unknown-saga', reply },
})

const ignored = (
  what: string,
  type: string,
  note: RegExp,
  which: 'waiting' | 'ended',
  fields: (known: Known) => Fields = () => ({}),
): HostileMessage => ({
  what: `${type}: ${what}`,
  subject: type,
  payload: (known) => {
    const { orderId, sagaId } = known[which]
    return told(type, {
      about: orderId,
      data: REPLIES[type] ?? {},
      fields: { correlationid: sagaId, ...fields(known) },
    })
  },
  ends: { ignored: note, saga: (known) => known[which].sagaId },
})

const uncounted: readonly HostileMessage[] = [
  ignored('a refusal that names no command', 'payment.failed.v1', /^ignored: .*names none/, 'waiting'),
  ignored('a refusal of no attempt of ours', 'payment.failed.v1', /^ignored: .*earlier attempt/, 'waiting', () => ({
    causationid: 'no-such-command',
  })),
  ignored(
    'a refusal of another command',
    'payment.failed.v1',
    /^ignored: .*earlier attempt/,
    'waiting',
    ({ waiting }) => ({
      causationid: waiting.reserveId,
    }),
  ),
  ignored(
    'a refusal of what was done',
    'inventory.failed.v1',
    /^ignored: .*earlier attempt/,
    'waiting',
    ({ waiting }) => ({
      causationid: waiting.reserveId,
    }),
  ),
  ignored(
    'a refund that failed before it was asked for',
    'payment.refund-failed.v1',
    /^ignored: /,
    'waiting',
    ({ waiting }) => ({
      causationid: waiting.chargeId,
    }),
  ),
  ...Object.keys(REPLIES).map((type) =>
    ignored('of a saga that has ended', type, /^ignored: the saga has ended/, 'ended'),
  ),
  ignored('of a saga that has ended', 'order.cancel-requested.v1', /^ignored: the saga has ended/, 'ended'),
]

const startedTwice: HostileMessage = {
  what: 'order.created.v1: of a saga that runs',
  subject: 'order.created.v1',
  payload: ({ waiting }) =>
    told('order.created.v1', {
      about: waiting.orderId,
      data: { customerId: 'm', items: [{ sku: 'e2e-hostile', quantity: 9, price: money }], total: money },
      fields: { correlationid: waiting.sagaId },
    }),
  ends: { ignored: /^ignored: nothing in "takingPayment" expects/, saga: ({ waiting }) => waiting.sagaId },
}

/** The same id with other content, on each consumer's subject. */
const twice = (type: string, tell: (known: Known) => Told, other: (known: Known) => Told): HostileMessage => {
  const id = uniqueId()
  const as = (it: (known: Known) => Told) => (known: Known) => {
    const { fields, ...rest } = it(known)
    return told(type, { ...rest, fields: { ...fields, id } })
  }
  return {
    what: `${wireOf(type)}: an id that was used for other content`,
    subject: wireOf(type),
    before: as(tell),
    payload: as(other),
    ends: { dead: 'other-content' },
  }
}

const reused: readonly HostileMessage[] = [
  twice(
    'product.updated.v1',
    () => ({ about: 'e2e-twice', data: { sku: 'e2e-twice', name: 'a', price: money, version: 1 } }),
    () => ({ about: 'e2e-twice', data: { sku: 'e2e-twice', name: 'b', price: money, version: 2 } }),
  ),
  twice(
    'order.confirm.v1',
    ({ ended }) => ({ about: ended.orderId, fields: { correlationid: ended.sagaId } }),
    ({ ended }) => ({ about: ended.orderId, fields: { correlationid: 'another-saga' } }),
  ),
  twice(
    'payment.charge.v1',
    ({ ended }) => ({
      about: ended.orderId,
      data: { amount: { amount: 1_000, currency: 'EUR' } },
      fields: { correlationid: ended.sagaId },
    }),
    ({ ended }) => ({
      about: ended.orderId,
      data: { amount: { amount: 9_000, currency: 'EUR' } },
      fields: { correlationid: ended.sagaId },
    }),
  ),
  twice(
    'inventory.commit.v1',
    ({ ended }) => ({ about: ended.orderId, fields: { correlationid: ended.sagaId } }),
    ({ waiting }) => ({ about: waiting.orderId, fields: { correlationid: waiting.sagaId } }),
  ),
  twice(
    'payment.voided.v1',
    ({ ended }) => ({ about: ended.orderId, fields: { correlationid: ended.sagaId } }),
    ({ waiting }) => ({ about: waiting.orderId, fields: { correlationid: waiting.sagaId } }),
  ),
]

/** Who looks at the subject and who looks at the data would act upon different orders. */
const torn = (type: string, data: Fields): HostileMessage => ({
  what: `${wireOf(type)}: data about another order than the message`,
  subject: wireOf(type),
  payload: ({ waiting, ended }) =>
    JSON.stringify(
      cloudEvent(type, waiting.orderId, { orderId: ended.orderId, ...data }, { correlationid: waiting.sagaId }),
    ),
  ends: { dead: 'invalid-data' },
})

const tornApart: readonly HostileMessage[] = [
  torn('payment.failed.v1', { reason: 'x' }),
  torn('order.cancel-requested.v1', {}),
  torn('order.created.v1', {
    customerId: 'm',
    items: [{ sku: 'e2e-hostile', quantity: 1, price: money }],
    total: money,
  }),
  torn('order.cancel.v1', { reason: 'x' }),
  torn('payment.refund.v1', {}),
  torn('inventory.release.v1', {}),
]

const wrongSubjects: readonly HostileMessage[] = [
  ['order.confirmed.v1', 'order.cancelled.v1'],
  ['order.created.v1', 'order.confirmed.v1'],
  ['payment.confirmed.v1', 'inventory.reserved.v1'],
  ['inventory.reserved.v1', 'payment.confirmed.v1'],
].map(([subject = '', type = '']) => ({
  what: `${subject}: a message of type ${type}`,
  subject,
  payload: ({ waiting }: Known) =>
    told(type, { about: waiting.orderId, data: REPLIES[type] ?? {}, fields: { correlationid: waiting.sagaId } }),
  ends: { dead: 'wrong-subject' },
}))

export const stateMessages: readonly HostileMessage[] = [
  ...ofNobody,
  ...ofAnother,
  ...unknownOrders,
  undone('inventory.release.v1', 'inventory.released.v1'),
  undone('inventory.commit.v1', 'inventory.failed.v1'),
  undone('payment.refund.v1', 'payment.voided.v1'),
  ...uncounted,
  startedTwice,
  ...reused,
  ...wrongSubjects,
  ...tornApart,
]

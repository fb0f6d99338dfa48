import {
  inventoryCommit,
  inventoryRelease,
  inventoryReserve,
  orderCancel,
  orderCancelRequested,
  orderConfirm,
  orderCreated,
  orderFail,
  paymentCharge,
  paymentRefund,
} from '@skald/contracts'
import { actions, type Definition, defineSaga, note } from '@skald/saga'
import { assign, setup } from 'xstate'
import {
  backoffMs,
  cancel,
  chargePayment,
  commit,
  confirm,
  contextOf,
  failOrder,
  type MustSucceed,
  type OrderContext,
  type OrderEvent,
  personFor,
  reasonOf,
  refund,
  release,
  reserveStock,
  type Step,
  triesOf,
} from './order-words.ts'

/*
 * An order: reserve the stock, charge the payment, then commit the stock and confirm the order. Up to the payment's
 * confirmation everything can be undone, in reverse order; from there on everything is asked for until it succeeds.
 * Silence is not a no: a step without a reply is undone as if it had been done.
 */

export interface OrderSagaOptions {
  /** How long a step waits for its reply. */
  readonly stepTimeoutMs: number
  /** How often a step that must succeed is tried, by refusals and by silences, before a person is asked. */
  readonly undoAttempts: number
  /** The wait after the first refusal; it doubles. */
  readonly undoBackoffMs: number
  /** Deadlines of single steps that differ from `stepTimeoutMs`. */
  readonly deadlinesMs?: Partial<Readonly<Record<`${'stock' | 'payment' | Step}Deadline`, number>>>
}

const words = ({ stepTimeoutMs, undoAttempts, undoBackoffMs, deadlinesMs = {} }: OrderSagaOptions) =>
  setup({
    types: {} as { context: OrderContext; input: OrderContext; events: OrderEvent },
    actions: {
      ...actions,
      /** Keeps why the order is undone: the first reason stays, whatever comes later. */
      because: assign({
        reason: ({ context, event }, { reason }: { reason?: string }) => context.reason ?? reason ?? reasonOf(event),
      }),
      countRefusal: assign({
        tries: ({ context, event }, { step }: { step: Step }) => {
          const { refused, silent } = triesOf(context, step)
          const refusal = 'data' in event && 'reason' in event.data ? event.data.reason : undefined
          return {
            ...context.tries,
            [step]: { refused: refused + 1, silent, ...(refusal !== undefined && { refusal }) },
          }
        },
      }),
      countSilence: assign({
        tries: ({ context }, { step }: { step: Step }) => {
          const tries = triesOf(context, step)
          return { ...context.tries, [step]: { ...tries, silent: tries.silent + 1 } }
        },
      }),
      /** Before a fresh round, and when the step is done: what was counted matters no more. */
      forgetTries: assign({
        tries: ({ context }, { step }: { step: Step }) => {
          const { [step]: _, ...others } = context.tries
          return others
        },
      }),
    },
    guards: {
      // The try that just ended is not counted yet.
      mayBeRefusedAgain: ({ context }, { step }: { step: Step }) => triesOf(context, step).refused + 1 < undoAttempts,
      mayBeSilentAgain: ({ context }, { step }: { step: Step }) => triesOf(context, step).silent + 1 < undoAttempts,
    },
    delays: {
      stockDeadline: deadlinesMs.stockDeadline ?? stepTimeoutMs,
      paymentDeadline: deadlinesMs.paymentDeadline ?? stepTimeoutMs,
      refundDeadline: deadlinesMs.refundDeadline ?? stepTimeoutMs,
      releaseDeadline: deadlinesMs.releaseDeadline ?? stepTimeoutMs,
      commitDeadline: deadlinesMs.commitDeadline ?? stepTimeoutMs,
      confirmDeadline: deadlinesMs.confirmDeadline ?? stepTimeoutMs,
      cancelDeadline: deadlinesMs.cancelDeadline ?? stepTimeoutMs,
      refundBackoff: ({ context }) => backoffMs(context, 'refund', undoBackoffMs),
      releaseBackoff: ({ context }) => backoffMs(context, 'release', undoBackoffMs),
      commitBackoff: ({ context }) => backoffMs(context, 'commit', undoBackoffMs),
      confirmBackoff: ({ context }) => backoffMs(context, 'confirm', undoBackoffMs),
      cancelBackoff: ({ context }) => backoffMs(context, 'cancel', undoBackoffMs),
    },
  })

type Words = ReturnType<typeof words>

/**
 * Asks until it is done: again after a refusal, with growing waits, and after silence; a person is asked when either
 * came too often. A success ends it wherever it is, and a refusal that breaks the silence goes on without the person.
 */
const untilDone = (order: Words, must: MustSucceed) => {
  const { step, done, refused } = must
  const params = { step }
  const deadline = `${step}Deadline` as const
  const backoff = `${step}Backoff` as const
  const answers = {
    ...Object.fromEntries(done.map(({ type }) => [type, 'done'])),
    ...(refused && {
      [refused.type]: [
        {
          guard: { type: 'mayBeRefusedAgain' as const, params },
          target: 'backingOff',
          actions: counted('countRefusal', step),
        },
        { target: 'needsPerson', actions: counted('countRefusal', step) },
      ],
    }),
  }
  return order.createStateConfig({
    initial: 'asking',
    states: {
      asking: {
        entry: must.ask,
        on: answers,
        after: {
          [deadline]: [
            {
              guard: { type: 'mayBeSilentAgain' as const, params },
              target: 'asking',
              reenter: true,
              actions: counted('countSilence', step),
            },
            { target: 'needsPerson', actions: counted('countSilence', step) },
          ],
        },
      },
      ...(refused && { backingOff: { on: answers, after: { [backoff]: 'asking' } } }),
      needsPerson: {
        tags: 'attention',
        meta: { person: ({ context }: { context: OrderContext }) => personFor(must, context) },
        entry: failOrder(must),
        on: {
          ...answers,
          'operator.retry': { target: 'asking', actions: counted('forgetTries', step) },
          'operator.skip': 'done',
        },
      },
      done: { type: 'final', entry: counted('forgetTries', step) },
    },
  })
}

const counted = <Type extends 'countRefusal' | 'countSilence' | 'forgetTries'>(type: Type, step: Step) => ({
  type,
  params: { step },
})

const because = (reason?: string) => ({ type: 'because' as const, params: reason === undefined ? {} : { reason } })

const cancelledTo = <Target extends string>(target: Target) => ({
  'order.cancel-requested.v1': { target, actions: because() },
  'operator.cancel': { target, actions: because() },
})

export const orderSaga = (options: OrderSagaOptions): Definition => {
  const order = words(options)
  const machine = order.createMachine({
    id: 'order',
    context: ({ input }) => input,
    initial: 'reservingStock',
    // What may still arrive, or arrive again, wherever the saga is by then.
    on: {
      'inventory.reserved.v1': {
        actions: note('stock that is held late, or said twice: its release is asked for or done with'),
      },
      'payment.confirmed.v1': {
        actions: note('a charge that is confirmed late, or twice: its refund is asked for or done with'),
      },
      'payment.refunded.v1': { actions: note('the refund was known already') },
      'payment.voided.v1': { actions: note('the refund was known already') },
      'inventory.released.v1': { actions: note('the release was known already') },
      'inventory.committed.v1': { actions: note('the stock was known to be taken') },
      'order.confirmed.v1': { actions: note('the order was known to be confirmed') },
      'order.cancelled.v1': { actions: note('the order was known to be cancelled') },
      'order.failed.v1': { actions: note('it is published that a person is needed') },
      'order.cancel-requested.v1': { actions: note('the order is being undone already') },
    },
    states: {
      reservingStock: {
        entry: reserveStock,
        on: {
          'inventory.reserved.v1': 'takingPayment',
          'inventory.failed.v1': { target: 'cancellingOrder', actions: because() },
          ...cancelledTo('releasingStock'),
        },
        // The stock may be held all the same.
        after: { stockDeadline: { target: 'releasingStock', actions: because('no reply about the stock in time') } },
      },
      takingPayment: {
        entry: chargePayment,
        on: {
          'payment.confirmed.v1': 'completing',
          'payment.failed.v1': { target: 'releasingStock', actions: because() },
          ...cancelledTo('refunding'),
        },
        // The payment may be charged all the same.
        after: { paymentDeadline: { target: 'refunding', actions: because('no reply about the payment in time') } },
      },
      completing: {
        type: 'parallel',
        on: {
          'order.cancel-requested.v1': { actions: note('too late to cancel: the payment is confirmed') },
        },
        states: { stock: untilDone(order, commit), order: untilDone(order, confirm) },
        onDone: 'completed',
      },
      refunding: { tags: 'compensating', ...untilDone(order, refund), onDone: 'releasingStock' },
      releasingStock: { tags: 'compensating', ...untilDone(order, release), onDone: 'cancellingOrder' },
      cancellingOrder: { tags: 'compensating', ...untilDone(order, cancel), onDone: 'cancelled' },
      completed: { type: 'final' },
      cancelled: { type: 'final', tags: 'compensated' },
    },
  })
  return defineSaga({
    name: 'order',
    version: 1,
    startedBy: orderCreated,
    listensTo: [orderCancelRequested],
    commands: [
      inventoryReserve,
      paymentCharge,
      inventoryCommit,
      orderConfirm,
      paymentRefund,
      inventoryRelease,
      orderCancel,
      orderFail,
    ],
    context: contextOf,
    pointOfNoReturn: 'completing',
    machine,
  })
}

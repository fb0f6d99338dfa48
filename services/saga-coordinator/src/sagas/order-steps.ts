import { actions } from '@skald/saga'
import { assign, setup } from 'xstate'
import {
  backoffMs,
  failOrder,
  type MustSucceed,
  type OrderContext,
  type OrderEvent,
  personFor,
  reasonOf,
  type Step,
  triesOf,
} from './order-words.ts'

/* What the order's chart is made of: its actions, guards and delays, and the one shape of every step that must succeed. */

export interface OrderSagaOptions {
  /** How long a step waits for its reply. */
  readonly stepTimeoutMs: number
  /** How often a step that must succeed is tried, by refusals and by silences, before a person is asked. */
  readonly undoAttempts: number
  /** The wait after the first refusal; it doubles. */
  readonly undoBackoffMs: number
  /** Deadlines of single steps that differ from `stepTimeoutMs`. */
  readonly deadlinesMs?: Partial<Readonly<Record<`${'stock' | 'fraud' | 'payment' | Step}Deadline`, number>>>
}

export const orderSetup = ({ stepTimeoutMs, undoAttempts, undoBackoffMs, deadlinesMs = {} }: OrderSagaOptions) =>
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
      fraudDeadline: deadlinesMs.fraudDeadline ?? stepTimeoutMs,
      paymentDeadline: deadlinesMs.paymentDeadline ?? stepTimeoutMs,
      withdrawDeadline: deadlinesMs.withdrawDeadline ?? stepTimeoutMs,
      refundDeadline: deadlinesMs.refundDeadline ?? stepTimeoutMs,
      releaseDeadline: deadlinesMs.releaseDeadline ?? stepTimeoutMs,
      commitDeadline: deadlinesMs.commitDeadline ?? stepTimeoutMs,
      confirmDeadline: deadlinesMs.confirmDeadline ?? stepTimeoutMs,
      cancelDeadline: deadlinesMs.cancelDeadline ?? stepTimeoutMs,
      withdrawBackoff: ({ context }) => backoffMs(context, 'withdraw', undoBackoffMs),
      refundBackoff: ({ context }) => backoffMs(context, 'refund', undoBackoffMs),
      releaseBackoff: ({ context }) => backoffMs(context, 'release', undoBackoffMs),
      commitBackoff: ({ context }) => backoffMs(context, 'commit', undoBackoffMs),
      confirmBackoff: ({ context }) => backoffMs(context, 'confirm', undoBackoffMs),
      cancelBackoff: ({ context }) => backoffMs(context, 'cancel', undoBackoffMs),
    },
  })

export type OrderSetup = ReturnType<typeof orderSetup>

/**
 * Asks until it is done: again after a refusal, with growing waits, and after silence; a person is asked when either
 * came too often. A success ends it wherever it is, and a refusal that breaks the silence goes on without the person.
 */
export const untilDone = (order: OrderSetup, must: MustSucceed) => {
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

import { actions, type SendAction } from '@skald/saga'
import { assign, setup, stateIn } from 'xstate'
import { reasonOf, type TripContext, type TripEvent, type Undo } from './trip-words.ts'

/* What the trip's chart is made of: its actions, guards and delays, and the two shapes of its steps. */

export interface TripSagaOptions {
  /** How long a reservation, and an undo, waits for its reply. */
  readonly stepTimeoutMs: number
}

const APPROVE_WITHIN_SECONDS = 3_600
const BOOK_WITHIN_SECONDS = 86_400

export const tripSetup = ({ stepTimeoutMs }: TripSagaOptions) =>
  setup({
    types: {} as { context: TripContext; input: TripContext; events: TripEvent },
    actions: {
      ...actions,
      /** Keeps why the trip is undone: the first reason stays, whatever comes later. */
      because: assign({
        reason: ({ context, event }, { reason }: { reason?: string }) => context.reason ?? reason ?? reasonOf(event),
      }),
    },
    guards: { isPersonAsked: stateIn({ booking: 'awaitingApproval' }) },
    delays: {
      reserveDeadline: stepTimeoutMs,
      undoDeadline: stepTimeoutMs,
      approvalDeadline: ({ context }) => (context.approveWithinSeconds ?? APPROVE_WITHIN_SECONDS) * 1_000,
      tripDeadline: ({ context }) => (context.bookWithinSeconds ?? BOOK_WITHIN_SECONDS) * 1_000,
    },
  })

export type TripSetup = ReturnType<typeof tripSetup>

/** One of the reservations that are asked for side by side. */
export const held = (trip: TripSetup, ask: SendAction<TripContext>, reserved: TripEvent['type']) =>
  trip.createStateConfig({
    initial: 'asking',
    states: { asking: { entry: ask, on: { [reserved]: 'held' } }, held: { type: 'final' } },
  })

/**
 * Asks, again and again within the deadline; then a person is asked, too. A success ends it wherever it is. Nothing here
 * refuses to be undone: where something may, it is tried again with growing waits first, as in order-steps.ts.
 */
export const undone = (trip: TripSetup, { effect, ask, done }: Undo) => {
  const answered = { [done]: 'done' }
  return trip.createStateConfig({
    initial: 'asking',
    states: {
      asking: { entry: ask, on: answered, after: { undoDeadline: 'needsPerson' } },
      needsPerson: {
        tags: 'attention',
        meta: { person: () => ({ effect, reason: 'it was asked for and not answered in time' }) },
        on: { ...answered, 'operator.retry': 'asking', 'operator.skip': 'done' },
      },
      done: { type: 'final' },
    },
  })
}

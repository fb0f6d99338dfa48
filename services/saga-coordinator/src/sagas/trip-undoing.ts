import type { SendAction } from '@skald/saga'
import type { TripContext, TripEvent, TripSetup } from './trip.saga.ts'

/** A step that must succeed in the end: what asks for it, and what says that it is done. */
export interface Undo {
  /** The name under which a person knows it: the command's type without its version. */
  readonly effect: string
  readonly ask: SendAction<TripContext>
  readonly done: TripEvent['type']
}

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

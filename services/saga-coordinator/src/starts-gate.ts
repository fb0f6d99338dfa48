import type { Processor, Progress } from '@skald/messaging'

/** The durable that brings new sagas; all others bring what running sagas wait for. */
export const STARTS = 'saga-coordinator-starts'

/**
 * Messages of running sagas that may be on their way before new sagas must wait. At the speed of one small machine
 * they are worked off within a few seconds, well within a step's deadline; a backlog of orders then makes sagas start
 * late, never time out.
 */
const MAX_ON_THEIR_WAY = 4_000

/** Replies go first: starts are held while much of what running sagas wait for is still queued at the broker. */
export const gateStarts = (processor: Processor, { durables }: Progress): void => {
  let onTheirWay = 0
  for (const [durable, { pending, unacked }] of Object.entries(durables)) {
    if (durable !== STARTS) onTheirWay += pending + unacked
  }
  processor.hold(STARTS, onTheirWay > MAX_ON_THEIR_WAY)
}

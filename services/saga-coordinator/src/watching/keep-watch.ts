import type { AppPorts } from '@skald/host'
import type { Message } from '@skald/messaging'
import { isOutage } from '@skald/service'
import type { Definitions } from '../definitions.ts'
import type { WalkPosition } from '../store/archive.ts'
import type { LostWakes } from '../store/lost-wakes.ts'
import type { Patience } from '../waking.ts'
import { missedWake } from './missed-wake.ts'

/** Sagas looked at in one query. */
const PAGE = 1_000
/** Rests so many times as long as a page took. */
const REST_FACTOR = 4
/**
 * So many times as long as it takes to be stuck: a wake is lost only by a fault of ours or by hand, and what it costs to look
 * for it counts more than how soon it is found.
 */
const BETWEEN_WALKS_FACTOR = 5

type Ports = Pick<AppPorts, 'submit' | 'clock' | 'logger'>

/** Looks for sagas that nothing wakes, again and again, in the background; any number of coordinators do. */
export const keepWatch = (
  lost: LostWakes,
  ports: Ports,
  definitions: Definitions,
  patience: Patience,
): (() => void) => {
  const { clock, logger, submit } = ports
  const missed = missedWake(definitions, patience)
  const betweenWalksMs = BETWEEN_WALKS_FACTOR * patience.stuckAfterMs
  let stopped = false
  let cancel = (): void => undefined
  const walk = async (from: WalkPosition | undefined): Promise<void> => {
    const startedMs = clock.nowMs()
    let next: WalkPosition | undefined
    try {
      const looked = await lost.find(from, PAGE, patience.stuckAfterMs)
      next = looked.next
      await Promise.all(looked.sagaIds.map((sagaId) => submit(missed, messageOf(sagaId, clock.nowMs()))))
    } catch (err) {
      logger[isOutage(err) ? 'debug' : 'warn']({ err }, 'sagas that nothing wakes could not be looked for')
    }
    const restMs = next ? REST_FACTOR * (clock.nowMs() - startedMs) : betweenWalksMs
    if (!stopped) cancel = clock.after(restMs, () => void walk(next))
  }
  cancel = clock.after(betweenWalksMs, () => void walk(undefined))
  return () => {
    stopped = true
    cancel()
  }
}

const messageOf = (sagaId: string, nowMs: number): Message<{ readonly sagaId: string }> => ({
  id: `missed-wake/${sagaId}`,
  type: 'task:missed-wake',
  source: '/saga-coordinator',
  subject: sagaId,
  time: new Date(nowMs).toISOString(),
  correlationId: sagaId,
  data: { sagaId },
})

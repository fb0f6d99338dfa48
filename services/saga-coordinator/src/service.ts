import { openSagaClient } from '@skald/database/saga'
import { defineService, type Platform } from '@skald/host'
import { type Handler, ProgressMarks } from '@skald/messaging'
import { operatorConfig, sagaConfig, serviceConfig, topologyConfig } from '@skald/service'
import { coordinate, LOCK_ORDER } from './coordinate.ts'
import { Definitions } from './definitions.ts'
import { listDeadLetter } from './list-dead-letter.ts'
import { countNews, isNews } from './news.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { definitionRoutes } from './routes/definitions.ts'
import { diagramRoutes } from './routes/diagram.ts'
import { sagaRoutes } from './routes/sagas.ts'
import { orderSaga } from './sagas/order.saga.ts'
import { STARTS, StartsGate, startsInHand } from './starts-gate.ts'
import { reportedDeadLetters } from './store/dead-letter-table.ts'
import { sagaReading } from './store/reading.ts'
import { historyInbox } from './store/saga-tables.ts'
import { wakeTasks } from './wake-tasks.ts'

const REPLIES = ['saga-coordinator-order', 'saga-coordinator-payment', 'saga-coordinator-inventory']
const PARTICIPANTS = ['order-service-commands', 'payment-service-commands', 'inventory-service-commands']
const REPORTS = 'saga-coordinator-dead-letters'
/** Commands that no participant reads: here they become dead letters, else they would age out unseen. */
const UNROUTED = 'saga-coordinator-unrouted'
/** How often the broker is asked how far it is; half of this is the age of what a nudge decides by. */
const SAMPLE_EVERY_MS = 500

export const sagaCoordinator = defineService({
  name: 'saga-coordinator',
  config: [...serviceConfig('saga-coordinator'), sagaConfig, operatorConfig, topologyConfig],
  keepsTopology: true,
  watches: { streams: ['EVENTS', 'COMMANDS'], durables: [...REPLIES, STARTS, ...PARTICIPANTS] },
  build(platform, config) {
    const definitions = new Definitions([orderSaga(config)])
    // Asking again after more than half a step would leave no time for the answer before the deadline.
    const patience = { nudgeAfterMs: Math.min(config.nudgeAfterMs, Math.ceil(config.stepTimeoutMs / 2)) }
    const marks = new ProgressMarks()
    const client = openSagaClient(platform.pool)
    const reading = sagaReading(client, platform.pool, [...new Set(definitions.all.map(({ name }) => name))])
    sagaRoutes(platform.http, reading, definitions)
    deadLetterRoutes(platform.http, client)
    definitionRoutes(platform.http, reading, definitions)
    diagramRoutes(platform.http, reading, definitions)
    let gate: StartsGate | undefined
    let stopSampling = (): void => undefined
    return {
      handlers: [...coordinate(definitions, patience), listDeadLetter as Handler],
      lockOrder: [...LOCK_ORDER, reportedDeadLetters],
      inbox: historyInbox,
      durables: [
        ...[...REPLIES, REPORTS, UNROUTED].map((durable) => ({ durable, maxInHand: 1_000 })),
        { durable: STARTS, maxInHand: startsInHand(config.startLimit) },
      ],
      tasks: { wake: wakeTasks(platform, definitions, patience, marks, REPLIES) },
      handled(_message, reply) {
        countNews(platform.metrics, reply)
        if (isNews(reply) && reply.started) gate?.started()
      },
      started(processor) {
        gate = new StartsGate(processor, config.startLimit)
        stopSampling = sampleProgress(platform, gate, marks)
      },
      stopping: () => stopSampling(),
    }
  },
})

/** Learns how far the broker is, again and again: nudges and the start of new sagas depend on it. */
const sampleProgress = (platform: Platform, gate: StartsGate, marks: ProgressMarks): (() => void) => {
  const { bus, clock, logger, metrics } = platform
  let stopped = false
  let cancel = (): void => undefined
  const sample = async (): Promise<void> => {
    try {
      const progress = await gate.sample(() => bus.progress())
      marks.sample(progress, clock.nowMs())
      for (const [durable, { pending }] of Object.entries(progress.durables))
        metrics.consumerPending.set({ durable }, pending)
    } catch (err) {
      logger.debug({ err }, 'the broker did not say how far it is')
    }
    if (!stopped) cancel = clock.after(SAMPLE_EVERY_MS, () => void sample())
  }
  void sample()
  return () => {
    stopped = true
    cancel()
  }
}

import type { App, AppPorts } from '@skald/host'
import { type Handler, ProgressMarks } from '@skald/messaging'
import type { ServiceLevel } from '@skald/service'
import { sendAlerts } from './alerts/send-alerts.ts'
import { type ArchivingOptions, keepArchiving } from './archiving.ts'
import { BULK } from './bulk/control.ts'
import { bulkTasks } from './bulk/running.ts'
import { coordinate, LOCK_ORDER } from './coordinate.ts'
import type { Coordination } from './coordination.ts'
import { listDeadLetter } from './letters/list-dead-letter.ts'
import { REDRIVE, redriveTasks } from './letters/redriving.ts'
import { migrationTasks } from './migration/running.ts'
import { MIGRATE } from './migration/start.ts'
import { countNews, isNews } from './news.ts'
import type { Pauses } from './pauses/pauses.ts'
import { familiesWith } from './sagas/all.ts'
import { STARTS, StartsGate, startsInHand } from './starts-gate.ts'
import type { Archive } from './store/archive.ts'
import { bulkActions, bulkSagas } from './store/bulk-tables.ts'
import { reportedDeadLetters } from './store/dead-letter-table.ts'
import type { Figures } from './store/figures.ts'
import type { LostWakes } from './store/lost-wakes.ts'
import type { MigrationReading } from './store/migration-reading.ts'
import { historyInbox } from './store/saga-tables.ts'
import { wakeTasks } from './wake-tasks.ts'
import { type Patience, SAMPLE_EVERY_MS } from './waking.ts'
import { keepFigures } from './watching/keep-figures.ts'
import { keepWatch } from './watching/keep-watch.ts'

/** The durables that bring what participants say. */
const repliesOf = (participants: readonly string[]): readonly string[] =>
  familiesWith(participants).map((family) => `saga-coordinator-${family}`)

/** Streams and durables whose progress decides when to ask again. */
export const watchedWith = (participants: readonly string[] = []) => ({
  streams: ['EVENTS', 'COMMANDS'],
  durables: [
    ...repliesOf(participants),
    STARTS,
    ...familiesWith(participants).map((family) => `${family}-service-commands`),
  ],
})

const REPORTS = 'saga-coordinator-dead-letters'
/** Commands that no participant reads: here they become dead letters, else they would age out unseen. */
const UNROUTED = 'saga-coordinator-unrouted'

export interface CoordinatorOptions extends ArchivingOptions {
  readonly nudgeAfterMs: number
  readonly stepTimeoutMs: number
  readonly startLimit: number
  readonly stuckAfterMs: number
  readonly serviceLevels: readonly ServiceLevel[]
  /** Where alerts go; nowhere, when not given. */
  readonly alertWebhookUrl: string | undefined
  readonly alertWebhookSecret: string | undefined
  /** Beside those of the order saga. */
  readonly participants?: readonly string[]
}

/** What the coordinator reads and moves beside its batches. */
export interface Background {
  readonly archive: Archive
  readonly lostWakes: LostWakes
  readonly figures: () => Promise<Figures>
  readonly versions: MigrationReading
}

/** Asking again after more than half a step would leave no time for the answer before the deadline. */
export const patienceOf = ({
  nudgeAfterMs,
  stepTimeoutMs,
  stuckAfterMs,
  serviceLevels,
  alertWebhookUrl,
}: Omit<CoordinatorOptions, 'startLimit' | keyof ArchivingOptions>): Patience => ({
  nudgeAfterMs: Math.min(nudgeAfterMs, Math.ceil(stepTimeoutMs / 2)),
  stuckAfterMs,
  serviceLevels,
  alerts: alertWebhookUrl !== undefined,
})

/** What the service does with messages and tasks, on any store and broker. */
export const coordinatorApp = (
  ports: AppPorts,
  coordination: Coordination,
  options: CoordinatorOptions,
  { archive, lostWakes, figures, versions }: Background,
): App => {
  const { startLimit, participants = [] } = options
  const replies = repliesOf(participants)
  const { definitions, patience, pauses } = coordination
  const marks = new ProgressMarks()
  let gate: StartsGate | undefined
  let stopSampling = (): void => undefined
  let stops: readonly (() => void | Promise<void>)[] = []
  return {
    handlers: [...coordinate(coordination), listDeadLetter as Handler],
    lockOrder: [...LOCK_ORDER, reportedDeadLetters, bulkActions, bulkSagas],
    inbox: historyInbox,
    durables: [
      ...[...replies, REPORTS, UNROUTED].map((durable) => ({ durable, maxInHand: 1_000 })),
      { durable: STARTS, maxInHand: startsInHand(startLimit) },
    ],
    tasks: {
      wake: wakeTasks(ports, coordination, marks, replies),
      [REDRIVE]: redriveTasks(ports),
      [BULK]: bulkTasks(ports, coordination),
      [MIGRATE]: migrationTasks(ports, coordination, versions),
    },
    handled(_message, reply) {
      countNews(ports.metrics, reply)
      if (isNews(reply) && reply.started) gate?.started()
    },
    started(processor) {
      gate = new StartsGate(processor, startLimit)
      stopSampling = sampleProgress(ports, gate, marks, pauses)
      stops = [
        keepArchiving(archive, ports, options),
        keepWatch(lostWakes, ports, definitions, patience),
        keepFigures(figures, ports, definitions),
        ...alerting(ports, options),
      ]
    },
    async stopping() {
      stopSampling()
      await Promise.all(stops.map(async (stop) => stop()))
    },
  }
}

const alerting = (ports: AppPorts, { alertWebhookUrl: url, alertWebhookSecret: secret }: CoordinatorOptions) =>
  url === undefined || secret === undefined ? [] : [sendAlerts({ url, secret }, ports)]

/** Learns how far the broker is, and what is paused, again and again: nudges and the start of new sagas depend on it. */
const sampleProgress = (ports: AppPorts, gate: StartsGate, marks: ProgressMarks, pauses: Pauses): (() => void) => {
  const { bus, store, clock, logger, metrics } = ports
  let stopped = false
  let cancel = (): void => undefined
  const sample = async (): Promise<void> => {
    try {
      const askedAtMs = await pauses.read(store)
      const progress = await gate.sample(() => bus.progress())
      marks.sample(progress, askedAtMs, await store.nowMs())
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

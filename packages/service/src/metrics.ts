import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Why a histogram's buckets are what they are: half a millisecond is a local commit, ten seconds is a service in trouble. */
const workSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** From a step answered at once to one that waited for its deadline and a person. */
const waitSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200]
/** A batch is bounded by 500. */
const batchSizes = [1, 2, 5, 10, 25, 50, 100, 200, 350, 500]

/**
 * What each service counts. Labels take values of closed sets only (an outcome, a reason, a durable, a route): never an
 * order, saga or message id, each of which would be a time series of its own for ever.
 */
export interface Metrics {
  readonly registry: Registry
  readonly sagasStarted: Counter
  /** By the status in which the saga ended: COMPLETED, COMPENSATED. */
  readonly sagasEnded: Counter<'outcome'>
  readonly sagasArchived: Counter
  /** From the command to the reply that ended the step. */
  readonly stepSeconds: Histogram
  /** Messages that the inbox knew already, and repeats of refused ones, which their dead letter knows. */
  readonly duplicates: Counter
  readonly nudges: Counter
  readonly outputsResent: Counter
  /** Deliveries beyond the first, by the broker's own count. */
  readonly redeliveries: Counter
  readonly deadLetters: Counter<'reason'>
  /** Sagas that a person should look at, up to 10,000 of a kind: needs-person, slow, stuck. */
  readonly sagasOfConcern: Gauge<'kind' | 'definition'>
  readonly oldestConcernSeconds: Gauge<'kind'>
  readonly openDeadLetters: Gauge
  /** How long the first wake that nobody took has been due. */
  readonly wakeLateSeconds: Gauge
  /** By what became of a try: sent, again, given-up. */
  readonly alerts: Counter<'outcome'>
  readonly batchMessages: Histogram
  readonly transactionSeconds: Histogram
  /** How long after it was due a task was taken. */
  readonly taskAgeSeconds: Histogram
  /** Messages that wait in the stream for a durable consumer. */
  readonly consumerPending: Gauge<'durable'>
  /** 1 while the consumer is paused because of a fault of ours, else 0. */
  readonly consumerPaused: Gauge<'durable'>
  readonly httpRequests: Counter<'route' | 'method' | 'status'>
  readonly httpSeconds: Histogram<'route' | 'method'>
}

export interface MetricsOptions {
  /** False for a second service in one process, so that memory and event loop are not measured twice. */
  readonly processMetrics?: boolean
}

/**
 * The metrics of one service instance, in a registry of its own: one process may host several services, and a test
 * several instances of one. Every series carries the label `service`.
 */
export function createMetrics(service: string, { processMetrics = true }: MetricsOptions = {}): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  if (processMetrics) collectDefaultMetrics({ register: registry })
  const registers = [registry]

  return {
    registry,
    sagasStarted: new Counter({ name: 'skald_sagas_started_total', help: 'Sagas started', registers }),
    sagasEnded: new Counter({
      name: 'skald_sagas_ended_total',
      help: 'Sagas ended, by the status in which they ended',
      labelNames: ['outcome'],
      registers,
    }),
    sagasArchived: new Counter({
      name: 'skald_sagas_archived_total',
      help: 'Ended sagas moved into the archive',
      registers,
    }),
    duplicates: new Counter({
      name: 'skald_duplicates_total',
      help: 'Messages that were handled before: answered from the inbox, or a dead letter already',
      registers,
    }),
    nudges: new Counter({
      name: 'skald_nudges_total',
      help: 'Commands sent again because no reply had come',
      registers,
    }),
    outputsResent: new Counter({
      name: 'skald_outputs_resent_total',
      help: 'Messages sent again for an input seen again',
      registers,
    }),
    redeliveries: new Counter({
      name: 'skald_redeliveries_total',
      help: 'Messages that the broker delivered more than once',
      registers,
    }),
    deadLetters: new Counter({
      name: 'skald_dead_letters_total',
      help: 'Messages that can never succeed, by reason',
      labelNames: ['reason'],
      registers,
    }),
    ...concerns(registers),
    consumerPending: new Gauge({
      name: 'skald_consumer_pending',
      help: 'Messages in the stream that a durable consumer has yet to be given',
      labelNames: ['durable'],
      registers,
    }),
    consumerPaused: new Gauge({
      name: 'skald_consumer_paused',
      help: '1 while a consumer is paused because a fault of ours would dead-letter its stream',
      labelNames: ['durable'],
      registers,
    }),
    httpRequests: new Counter({
      name: 'skald_http_requests_total',
      help: 'HTTP requests answered',
      labelNames: ['route', 'method', 'status'],
      registers,
    }),
    ...histograms(registers),
  }
}

function concerns(registers: Registry[]) {
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge<Label>({ name, help, labelNames, registers })
  return {
    sagasOfConcern: gauge(
      'skald_sagas_of_concern',
      'Sagas that a person should look at, up to 10,000 of a kind: needs-person, slow, stuck',
      ['kind', 'definition'],
    ),
    oldestConcernSeconds: gauge('skald_oldest_concern_seconds', 'How long the first saga of a kind has been so', [
      'kind',
    ]),
    openDeadLetters: gauge('skald_dead_letters_open', 'Dead letters that nobody has dealt with, up to 10,000', []),
    wakeLateSeconds: gauge('skald_wake_late_seconds', 'How long the first wake that nobody took has been due', []),
    alerts: new Counter({
      name: 'skald_alerts_total',
      help: 'Tries to send an alert, by what became of it: sent, again, given-up',
      labelNames: ['outcome'],
      registers,
    }),
  }
}

function histograms(registers: Registry[]) {
  const seconds = (name: string, help: string, buckets: number[]) => new Histogram({ name, help, buckets, registers })
  return {
    stepSeconds: seconds('skald_step_seconds', 'Time from a command to the reply that ended its step', waitSeconds),
    transactionSeconds: seconds('skald_transaction_seconds', 'Time of one transaction, begin to commit', workSeconds),
    taskAgeSeconds: seconds('skald_task_age_seconds', 'How long after it was due a task was taken', waitSeconds),
    batchMessages: new Histogram({
      name: 'skald_batch_messages',
      help: 'Inputs handled in one transaction',
      buckets: batchSizes,
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'skald_http_request_seconds',
      help: 'Time from the head of an HTTP request to the end of its answer',
      labelNames: ['route', 'method'],
      buckets: workSeconds,
      registers,
    }),
  }
}

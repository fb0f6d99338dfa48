import type { Message, Observer } from '@skald/messaging'
import type { Report } from '@skald/nats'
import type { Logger, Metrics } from '@skald/service'

/** Metrics and log lines of a processor. Ids and types only: data may be personal, and never reaches a log. */
export const observerOf = (
  { metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger },
  handled: (message: Message, reply: unknown) => void,
): Observer => {
  const about = ({ id, type, correlationId, causationId }: Message) => ({
    messageId: id,
    type,
    correlationId,
    causationId,
  })
  return {
    batch(size, transactionMs) {
      metrics.batchMessages.observe(size)
      metrics.transactionSeconds.observe(transactionMs / 1_000)
    },
    handled(message, reply) {
      handled(message, reply)
      logger.debug(about(message), 'handled')
    },
    duplicate(message) {
      metrics.duplicates.inc()
      logger.debug(about(message), 'handled before')
    },
    resent: (count) => metrics.outputsResent.inc(count),
    redelivered: () => metrics.redeliveries.inc(),
    deadLetter(reason, message, detail) {
      metrics.deadLetters.inc({ reason })
      logger.warn({ ...about(message), reason, detail }, 'a message became a dead letter')
    },
    failed: (message, err) => logger.error({ ...about(message), err }, 'a handler failed; the message comes again'),
    stalled: (fault, err) => logger.warn({ fault, err }, 'a batch could not be stored; it comes again'),
    unpublished: (message, err) =>
      logger.warn({ ...about(message), err }, 'what was said could not be published; it comes again'),
    taskTaken: (_kind, lateMs) => metrics.taskAgeSeconds.observe(lateMs / 1_000),
    paused(durable, reason) {
      metrics.consumerPaused.set({ durable }, reason === undefined ? 0 : 1)
      if (reason === undefined) logger.info({ durable }, 'the consumer goes on')
      else logger.error({ durable, reason }, 'the consumer is paused')
    },
  }
}

/** Log lines of what happens between a service and the broker. */
export const reportOf =
  (logger: Logger): Report =>
  ({ kind, ...fields }) => {
    const level = QUIET.has(kind) ? 'info' : 'warn'
    logger[level](fields, `broker: ${kind}`)
  }

const QUIET: ReadonlySet<string> = new Set(['connected', 'reconnected', 'consuming', 'topology-changed'])

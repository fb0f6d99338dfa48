import type { ConfigPart } from './config.ts'
import { waitMs, wholeNumber } from './config-values.ts'
import { type ServiceLevel, serviceLevels } from './service-levels.ts'

export interface SagaConfig {
  readonly stepTimeoutMs: number
  readonly undoAttempts: number
  readonly undoBackoffMs: number
  readonly nudgeAfterMs: number
  readonly startLimit: number
  readonly stuckAfterMs: number
  readonly serviceLevels: readonly ServiceLevel[]
  readonly archiveAfterMs: number
  readonly archiveKeepDays: number | undefined
}

export const sagaConfig: ConfigPart<SagaConfig> = {
  variables: {
    stepTimeoutMs: {
      name: 'SAGA_STEP_TIMEOUT_MS',
      meaning: 'default deadline of a saga step, in milliseconds; each step may set its own',
      default: '30000',
      schema: waitMs(),
      fix: 'Leave it out for 30 seconds.',
    },
    undoAttempts: {
      name: 'SAGA_UNDO_ATTEMPTS',
      meaning: 'how often a refused compensation is tried before a person is asked',
      default: '10',
      schema: wholeNumber(1, 1000),
      fix: 'Leave it out for 10 attempts.',
    },
    undoBackoffMs: {
      name: 'SAGA_UNDO_BACKOFF_MS',
      meaning: 'first wait between those attempts, in milliseconds; it doubles, with jitter',
      default: '1000',
      schema: waitMs(),
      fix: 'Leave it out for one second.',
    },
    nudgeAfterMs: {
      name: 'SAGA_NUDGE_AFTER_MS',
      meaning: 'a step without a reply asks again after this many milliseconds, with backoff',
      default: '5000',
      schema: waitMs(),
      fix: 'Leave it out for 5 seconds.',
    },
    startLimit: {
      name: 'SAGA_START_LIMIT',
      meaning: 'new sagas wait while so many messages of running ones are on their way',
      // At the speed of one small machine worked off within a few seconds, well within a step's deadline.
      default: '4000',
      // Below four no saga could be in hand beside those that run; what is above the most has no effect.
      schema: wholeNumber(4, 1_000_000),
      fix: 'Leave it out for 4000.',
    },
    stuckAfterMs: {
      name: 'SAGA_STUCK_AFTER_SECONDS',
      meaning: 'a saga is stuck when a nudge, a deadline or a timer was due so many seconds ago and nothing was done',
      // Above the longest wait between two looks at what is due and must still wait.
      default: '120',
      schema: wholeNumber(1, 86_400).transform((seconds) => seconds * 1_000),
      fix: 'Leave it out for two minutes.',
    },
    serviceLevels: {
      name: 'SAGA_SERVICE_LEVELS',
      meaning:
        'how long a saga may take, or be in a state, before it is called slow: order=10m order/takingPayment=30s; ms, s, m, h, d',
      default: 'none',
      schema: serviceLevels(),
      fix: 'Leave it out for no service levels.',
    },
    archiveAfterMs: {
      name: 'SAGA_ARCHIVE_AFTER_SECONDS',
      meaning: 'a saga that ended is moved into the archive after so many seconds; it is found there as before',
      // Repeats and late replies come within minutes, and find it without a look into the archive.
      default: '900',
      schema: wholeNumber(1, 31_536_000).transform((seconds) => seconds * 1_000),
      fix: 'Leave it out for a quarter of an hour.',
    },
    archiveKeepDays: {
      name: 'SAGA_ARCHIVE_KEEP_DAYS',
      meaning: 'archived sagas are forgotten, months at a time, so many days after their end; never, when absent',
      optional: true,
      // Twice what a stream keeps: no message of a saga that was forgotten can come again.
      schema: wholeNumber(14, 36_500),
      fix: 'Leave it out to keep them for ever.',
    },
  },
  warn: ({ nudgeAfterMs, stepTimeoutMs }) =>
    nudgeAfterMs < stepTimeoutMs
      ? []
      : ['SAGA_NUDGE_AFTER_MS is not below SAGA_STEP_TIMEOUT_MS: a lost reply is first asked for at the deadline.'],
}

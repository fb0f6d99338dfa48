import type { Point } from '@skald/testing/simulation'

/** What a schedule is run with, drawn from its seed: small times, so that every wait of Skald runs out within seconds. */
export interface Settings {
  readonly stepTimeoutMs: number
  readonly undoAttempts: number
  readonly undoBackoffMs: number
  readonly nudgeAfterMs: number
  readonly startLimit: number
  readonly ackWaitMs: number
  readonly dedupeWindowMs: number
  readonly gatewayRetryMs: number
  readonly gatewayLimitMs: number
  readonly orders: number
  /** Trips that are started; in most schedules there is no trip-service. */
  readonly trips: number
  /** Families of messages beside those of the order saga. */
  readonly participants: readonly string[]
  /** So short that late messages and repeats meet archived sagas. */
  readonly archiveAfterMs: number
  readonly archiveKeepDays: undefined
  readonly stuckAfterMs: number
  readonly serviceLevels: readonly []
  readonly alertWebhookUrl: undefined
  readonly alertWebhookSecret: undefined
  readonly replicas: number
  readonly operatorLooks: number
  /** Messages that nobody can ever handle. */
  readonly strangeLetters: number
  readonly hasFaults: boolean
  /** For so long faults strike. */
  readonly faultsMs: number
}

/** One seed in so many runs without faults: then every order must end as its kind says. */
const WITHOUT_FAULTS = 0.04

/** Looks of the operator at a saga; in half of all schedules there is none, so that sagas are also seen to go on alone. */
const LOOKS = [0, 0, 0, 1, 3, 6] as const

/** In most schedules there is none: then nothing at all may be refused. */
const LETTERS = [0, 0, 0, 0, 1, 2] as const

/** Schedules in which there are trips, and fewer orders. */
const WITH_TRIPS = 1 / 8

export const settingsOf = (chance: Point, replicas: number): Settings => {
  const operatorLooks = chance.pick('looks of the operator', LOOKS)
  const strangeLetters = chance.pick('strange letters', LETTERS)
  return { ...settingsBeside(chance, replicas, operatorLooks > 0), operatorLooks, strangeLetters }
}

const inhabitants = (chance: Point) => {
  const hasTrips = chance.of('trips at all') < WITH_TRIPS
  return {
    orders: hasTrips ? 2 : 4,
    trips: hasTrips ? chance.pick('trips', [1, 2, 3]) : 0,
    participants: hasTrips ? ['trip'] : [],
  }
}

const settingsBeside = (
  chance: Point,
  replicas: number,
  hasOperator: boolean,
): Omit<Settings, 'operatorLooks' | 'strangeLetters'> => ({
  stepTimeoutMs: chance.pick('step timeout', [2_000, 4_000]),
  // Few, where there is somebody to be asked.
  undoAttempts: hasOperator ? chance.pick('few undo attempts', [1, 2, 3]) : chance.pick('undo attempts', [3, 6]),
  undoBackoffMs: chance.pick('undo backoff', [100, 400]),
  nudgeAfterMs: chance.pick('nudge', [300, 800, 1_500]),
  startLimit: chance.pick('start limit', [4, 4_000, 4_000]),
  ackWaitMs: chance.pick('ack wait', [400, 1_000, 2_000]),
  dedupeWindowMs: chance.pick('dedupe window', [1, 300, 3_000, 120_000, 120_000]),
  gatewayRetryMs: chance.pick('gateway retry', [50, 200]),
  gatewayLimitMs: chance.pick('gateway limit', [600, 1_500]),
  ...inhabitants(chance),
  archiveAfterMs: chance.pick('archive after', [200, 1_500, 6_000]),
  archiveKeepDays: undefined,
  stuckAfterMs: 2_000,
  serviceLevels: [],
  alertWebhookUrl: undefined,
  alertWebhookSecret: undefined,
  replicas,
  // Long enough in some for what is said again after ten seconds to be lost again.
  faultsMs: chance.pick('faults', [6_000, 6_000, 6_000, 8_000, 15_000]),
  hasFaults: chance.of('faults at all') >= WITHOUT_FAULTS,
})

import type { Definition } from './define.ts'
import type { Performed } from './drive.ts'
import type { SagaState, StartedTimer, StoppedTimer, Waiting } from './state.ts'

export interface TimersAfter {
  readonly armed: SagaState['armed']
  readonly arms: number
  readonly started: readonly Omit<StartedTimer, 'guards'>[]
  readonly stopped: readonly StoppedTimer[]
}

/**
 * What a step did to the saga's timers, as data. XState raises a delayed event on entering a state and cancels it on
 * leaving; a timer both started and stopped within the step never existed, one stopped and started has a new arm.
 */
export const timersAfter = (
  definition: Definition,
  before: Pick<SagaState, 'armed' | 'arms'>,
  performed: readonly Performed[],
  ended: boolean,
): TimersAfter => {
  let { arms } = before
  const armed = new Map(Object.entries(before.armed))
  const delays = new Map<number, number>()
  for (const { type, params } of performed) {
    if (type === 'xstate.cancel') {
      armed.delete(nameOf(definition, (params as { sendId: string }).sendId))
    } else if (type === 'xstate.raise') {
      const { id, delay } = params as { id?: string; delay?: number }
      // Without a delay the event was raised and taken within the step.
      if (id === undefined || delay === undefined) continue
      arms += 1
      const name = nameOf(definition, id)
      armed.set(name, arms)
      delays.set(arms, checkedDelayMs(name, delay))
    }
  }
  if (ended) armed.clear()
  return {
    armed: Object.fromEntries(armed),
    arms,
    started: [...armed].flatMap(([name, arm]) => {
      const delayMs = delays.get(arm)
      return delayMs === undefined ? [] : [{ name, arm, delayMs }]
    }),
    stopped: Object.entries(before.armed).flatMap(([name, arm]) => (armed.get(name) === arm ? [] : [{ name, arm }])),
  }
}

const nameOf = (definition: Definition, id: string): string => definition.chart.timerNames.get(id) ?? id

const checkedDelayMs = (name: string, delayMs: number): number => {
  if (Number.isFinite(delayMs) && delayMs >= 0) return Math.round(delayMs)
  throw new RangeError(
    `timer '${name}' was given a delay of ${delayMs}: a delay is a number of milliseconds, 0 or more`,
  )
}

/** Whether a timer's state waits for one of its commands: then the timer is that command's deadline. */
export const isDeadline = (definition: Definition, timer: string, waiting: readonly Waiting[]): boolean => {
  const guards = definition.chart.timers.get(timer)?.guards ?? []
  return waiting.some(({ type }) => guards.includes(type))
}

/** The running timer that ends the wait for a command's reply; undefined when the state waits without a deadline. */
export const deadlineFor = (definition: Definition, state: SagaState, commandType: string): string | undefined =>
  Object.keys(state.armed).find((name) => definition.chart.timers.get(name)?.guards.includes(commandType))

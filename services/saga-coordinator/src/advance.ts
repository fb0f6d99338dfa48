import type { Message, Said } from '@skald/messaging'
import { derivedId } from '@skald/messaging'
import { type Definition, type OperatorInput, type Outcome, type StepResult, start, status, step } from '@skald/saga'
import type { Asked, RunningTimer, SagaRow, StepRecord } from './store/saga-tables.ts'
import { askedOf, nextNudgeMs, type Patience } from './waking.ts'

/** Entries up to which a saga records what it cannot use: beyond, junk is not written down, and its replies still count. */
export const MAX_UNUSED = 1_000
/** The longest history. A saga that comes so far goes in circles: it stops, and a person must look. */
export const MAX_HISTORY = 2_000

export interface Advanced {
  readonly row: SagaRow
  readonly says: readonly Said[]
  readonly record: StepRecord
}

/** Applies one message to a saga: the pure step, and beside it the times that the engine knows nothing of. */
export const advance = (
  definition: Definition,
  row: SagaRow,
  message: Message,
  nowMs: number,
  patience: Patience,
): Advanced => {
  const idOf = (ordinal: number) => derivedId(message.id, ordinal)
  const { type, data, causationId } = message
  const input = { kind: 'event' as const, type, data, causationId, idOf }
  const result =
    row.state === null ? start(definition, { ...input, sagaId: row.saga_id }) : step(definition, row.state, input)
  return applied(definition, row, result, message.id, nowMs, patience)
}

/** Fires a timer: it is an input like any other, under an id of its own. */
export const fire = (
  definition: Definition,
  row: SagaRow,
  timer: RunningTimer,
  nowMs: number,
  patience: Patience,
): Advanced & { readonly message: Message } => {
  const message = timerMessage(row, timer)
  const idOf = (ordinal: number) => derivedId(message.id, ordinal)
  if (row.state === null) throw new Error(`saga ${row.saga_id} has a timer but no state`)
  const input = { kind: 'timer' as const, timer: timer.name, arm: timer.arm, idOf }
  const rest = { ...row, timers: row.timers.filter((other) => other !== timer) }
  return { ...applied(definition, rest, step(definition, row.state, input), message.id, nowMs, patience), message }
}

/** What a person does to a saga. Undefined when its state does not take that: nothing of it is written down then. */
export const operate = (
  definition: Definition,
  row: SagaRow,
  action: OperatorInput['action'],
  message: Message<{ readonly reason: string }>,
  nowMs: number,
  patience: Patience,
): Advanced | undefined => {
  if (row.state === null) throw new Error(`saga ${row.saga_id} has no state`)
  const idOf = (ordinal: number) => derivedId(message.id, ordinal)
  const result = step(definition, row.state, { kind: 'operator', action, reason: message.data.reason, idOf })
  return result.outcome.kind === 'moved' ? applied(definition, row, result, message.id, nowMs, patience) : undefined
}

/** The arm is part of the id: the same timer started again is another input, the same start fires once. */
const timerMessage = ({ saga_id, business_key }: SagaRow, { name, arm, dueAtMs }: RunningTimer): Message => ({
  id: derivedId(`${saga_id}/${name}/${arm}`, 0, dueAtMs),
  type: `timer.${name}`,
  source: '/saga-coordinator',
  subject: business_key,
  time: new Date(dueAtMs).toISOString(),
  correlationId: saga_id,
  data: { name, arm },
})

const applied = (
  definition: Definition,
  row: SagaRow,
  result: StepResult,
  causeId: string,
  nowMs: number,
  patience: Patience,
): Advanced => {
  const { state, messages, outcome } = result
  const done = state.status === 'done'
  const stops = done || row.revision + 1 >= MAX_HISTORY
  const next: SagaRow = {
    ...row,
    definition: definition.name,
    version: definition.version,
    hash: definition.hash,
    state,
    status: stops && !done ? 'NEEDS_ATTENTION' : status(definition, state),
    asked: stops ? [] : askedAfter(row, result, causeId, nowMs, patience),
    timers: stops ? [] : timersAfter(row.timers, result, nowMs),
    revision: row.revision + 1,
    updated_at: nowMs,
    ended_at: done ? (row.ended_at ?? nowMs) : null,
  }
  const record = {
    saga_id: row.saga_id,
    seq: next.revision,
    from_state: row.state?.value ?? null,
    to_state: state.value,
    note: noteOf(outcome),
  }
  return { row: next, says: messages.map(({ said }) => said), record }
}

const noteOf = (outcome: Outcome): string | null => {
  if (outcome.kind === 'ignored' || outcome.kind === 'refused') return `ignored: ${outcome.reason}`
  return outcome.note ?? null
}

/** Times of the commands that still wait: answered and withdrawn ones fall out, new ones start now. */
const askedAfter = (
  before: SagaRow,
  { state }: StepResult,
  causeId: string,
  nowMs: number,
  patience: Patience,
): readonly Asked[] =>
  state.waiting.map(
    ({ id }) =>
      askedOf(before, id) ?? {
        commandId: id,
        causeId,
        saidAtMs: nowMs,
        nudges: 0,
        askedAtMs: nowMs,
        nudgeAtMs: nowMs + nextNudgeMs(0, patience),
      },
  )

/** Stops before starts: a state that is entered again stops and starts the same timer in one step. */
const timersAfter = (before: readonly RunningTimer[], result: StepResult, nowMs: number): RunningTimer[] => [
  ...before.filter(({ name }) => !result.stopTimers.some((stopped) => stopped.name === name)),
  ...result.startTimers.map(({ name, arm, delayMs, guards }) => ({
    name,
    arm,
    startedAtMs: nowMs,
    dueAtMs: nowMs + delayMs,
    guards,
  })),
]

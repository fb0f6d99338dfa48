import { derivedId } from '@skald/messaging'
import { type Definition, type PersonNeeded, person, type SagaState, type StepResult, takeEntry } from '@skald/saga'

/** An entry of a history, as far as a replay needs it; states and outputs as JSON. */
export interface Entry {
  readonly seq: number
  readonly messageId: string
  readonly type: string
  readonly causationId: string | null
  readonly input: unknown
  readonly toState: string
  /** Types of what was said because of it, in order. */
  readonly saidTypes: readonly string[]
}

export interface Replayed {
  /** The first entry to which the definition does not lead. */
  readonly fault: string | undefined
  /** What a person settled by hand, by skipping it. */
  readonly skipped: readonly PersonNeeded[]
}

/** The versions of the saga's definition. */
export type FindVersion = (version: number) => Definition | undefined

/** Runs a history through the pure engine: the same inputs must lead to the same states and say the same. */
export const replay = (find: FindVersion, version: number, sagaId: string, entries: readonly Entry[]): Replayed => {
  let state: SagaState | undefined
  let current = migrationIn(entries)?.from ?? version
  const skipped: PersonNeeded[] = []
  for (const entry of entries) {
    const definition = find(current)
    // A version that is not deployed here cannot be checked.
    if (!definition) return { fault: undefined, skipped }
    try {
      const result = apply(definition, sagaId, state, entry)
      if (state && entry.type === 'operator.skip' && result?.state !== state) skipped.push(...person(definition, state))
      const fault = differenceOf(result, entry)
      if (fault !== undefined) return { fault: `${whereOf(entry)}: ${fault}`, skipped }
      state = result?.state
      if (entry.type === MIGRATION) current = (entry.input as Migrated).to
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { fault: `${whereOf(entry)}: the definition cannot take it: ${why}`, skipped }
    }
  }
  return { fault: undefined, skipped }
}

const MIGRATION = 'operator.migrate'
const OUTSIDE_THE_CHART = /^operator\.(pause|resume|move-timer|cancel-timer|shift-timers)$/
interface Migrated {
  readonly from: number
  readonly to: number
  readonly state: SagaState | null
}

const migrationIn = (entries: readonly Entry[]): Migrated | undefined =>
  entries.find(({ type }) => type === MIGRATION)?.input as Migrated | undefined

const whereOf = ({ seq, type }: Entry): string => `entry ${seq} (${type})`

/** A saga whose start a pause holds back has no state yet. */
const differenceOf = (result: StepResult | undefined, { toState, saidTypes }: Entry): string | undefined => {
  const value = result?.state.value ?? null
  if (canonical(value) !== canonical(JSON.parse(toState))) {
    return `the definition leads to ${JSON.stringify(value)}, the history says ${toState}`
  }
  const said = (result?.messages ?? []).map((message) => message.said.type).join(', ')
  const recorded = saidTypes.join(', ')
  return said === recorded
    ? undefined
    : `the definition says ${said || 'nothing'}, the history ${recorded || 'nothing'}`
}

/** A pause, and when timers are due, concern the coordinator alone; what a migration made of a saga stands in its entry. */
const apply = (
  definition: Definition,
  sagaId: string,
  state: SagaState | undefined,
  { type, messageId, causationId, input }: Entry,
): StepResult | undefined => {
  if (type === MIGRATION) {
    const { state: migrated } = input as Migrated
    return migrated ? unmoved(migrated) : undefined
  }
  if (OUTSIDE_THE_CHART.test(type)) return state && unmoved(state)
  const entry = {
    type,
    data: input,
    causationId: causationId ?? undefined,
    idOf: (ordinal: number): string => derivedId(messageId, ordinal),
  }
  const { arm } = (type.startsWith('timer.') ? input : {}) as { readonly arm?: number }
  return takeEntry(definition, sagaId, state, entry, arm)
}

const unmoved = (state: SagaState): StepResult => ({
  state,
  messages: [],
  startTimers: [],
  stopTimers: [],
  outcome: { kind: 'noted', note: 'outside the chart' },
})

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

import { type Definition, person, questions, unknownIn } from '@skald/saga'
import { MAX_HISTORY } from './advance.ts'
import type { Definitions } from './definitions.ts'
import type { HistoryRow, SagaRow } from './store/saga-tables.ts'
import { askedOf, deadlinesOf } from './waking.ts'

/** One thing a live saga waits for. A message that nobody was asked for has no time at which it is asked for again. */
export type WaitingFor =
  | { kind: 'message'; types: readonly string[]; since: string; nudgeAt?: string; deadlineAt?: string }
  | { kind: 'timer'; name: string; dueAt: string }
  | { kind: 'person'; effect: string; amount?: { amount: number; currency: string }; reason: string }

const iso = (ms: number): string => new Date(ms).toISOString()

/** What a live saga waits for; empty when it has ended, and when it is stuck without any reason. */
export const waitingFor = (row: SagaRow, definitions: Definitions, steps?: readonly HistoryRow[]): WaitingFor[] =>
  waitingBy(definitions.get(row.definition, row.version), row, steps)

export const waitingBy = (
  definition: Definition | undefined,
  row: SagaRow,
  steps: readonly HistoryRow[] = [],
): WaitingFor[] => {
  if (row.ended_at !== null) return []
  // Before a pause, which cannot be ended while nobody knows the definition.
  if (!definition) return [unknownDefinition(row)]
  if (row.status === 'PAUSED') return [pausedBy(row)]
  if (!row.state) return []
  if (row.revision >= MAX_HISTORY) return [fullHistory()]
  const unknown = unknownIn(definition, row.state)
  if (unknown.length > 0) return [unknownParts(row, unknown)]
  const found = [...messagesOf(row, definition), ...timersOf(row, definition), ...peopleOf(row, definition)]
  return found.length > 0 ? found : unaskedOf(row, definition, steps)
}

const asksFor = (effect: string, reason: string): WaitingFor => ({ kind: 'person', effect, reason })

const pausedBy = ({ updated_at, held, paused_by }: SagaRow): WaitingFor => {
  const what = paused_by === null ? 'resume it' : `${paused_by} is paused for all sagas: resume that`
  return asksFor('resume', `it is paused since ${iso(updated_at)}, and ${held.length} messages are held; ${what}`)
}

const unknownDefinition = ({ definition, version }: SagaRow): WaitingFor =>
  asksFor('definition', `no running coordinator knows ${definition} version ${version}; deploy one that does`)

const unknownParts = ({ definition, version }: SagaRow, names: readonly string[]): WaitingFor =>
  asksFor(
    'definition',
    `${definition} version ${version} as it is deployed has no ${names.join(', ')}; deploy one that has`,
  )

/** Whatever else it waited for is not asked any more, and what comes is a dead letter. */
const fullHistory = (): WaitingFor =>
  asksFor('history', `${MAX_HISTORY} entries are the most: it goes in circles, and stopped`)

const messagesOf = (row: SagaRow, definition: Definition): WaitingFor[] =>
  (row.state?.waiting ?? []).flatMap((command): WaitingFor[] => {
    const { id, type } = command
    const [timer] = deadlinesOf(definition, row, command)
    const asked = askedOf(row, id)
    const facts = definition.commands.get(type)
    if (!asked || !facts) return []
    return [
      {
        kind: 'message',
        types: [...facts.success, ...facts.failure],
        since: iso(asked.saidAtMs),
        nudgeAt: iso(asked.nudgeAtMs),
        ...(timer && { deadlineAt: iso(timer.dueAtMs) }),
      },
    ]
  })

/** All but those that were told as the deadline of a message: what was waited for when it began may be answered since. */
const timersOf = (row: SagaRow, definition: Definition): WaitingFor[] => {
  const deadlines = (row.state?.waiting ?? []).map((command) => deadlinesOf(definition, row, command)[0])
  return row.timers
    .filter((timer) => !deadlines.includes(timer))
    .map(({ name, dueAtMs }) => ({ kind: 'timer', name, dueAt: iso(dueAtMs) }))
}

const peopleOf = ({ state }: SagaRow, definition: Definition): WaitingFor[] =>
  state ? questions(definition, state).map((asked) => ({ kind: 'person', ...asked })) : []

/** What is asked of people as part of the ordinary business: no operator can settle it. */
export const isQuestion = ({ state }: SagaRow, definition: Definition, effect: string): boolean =>
  state !== null &&
  questions(definition, state).some((asked) => asked.effect === effect) &&
  !person(definition, state).some((asked) => asked.effect === effect)

/** Events from outside that would move it: the last reason there can be for a state that asked nobody and times nothing. */
const unaskedOf = (row: SagaRow, definition: Definition, steps: readonly HistoryRow[]): WaitingFor[] => {
  const types = outsideEvents(row, definition)
  if (types.length === 0) return []
  const entered = steps.findLast(({ from_state, to_state }) => JSON.stringify(from_state) !== JSON.stringify(to_state))
  return [{ kind: 'message', types, since: iso(entered?.at ?? row.updated_at) }]
}

/** Types that nobody was asked for, and that would move the saga from where it is. */
const outsideEvents = ({ state }: SagaRow, { chart, listensTo }: Definition): readonly string[] => {
  const active = state ? pathsOf(state.value) : []
  const moving = chart.edges.filter(({ kind, from, to }) => kind === 'event' && to.length > 0 && active.includes(from))
  return listensTo.filter((type) => moving.some(({ on }) => on === type))
}

/** The paths of all active states, the root's first. */
export const pathsOf = (value: NonNullable<SagaRow['state']>['value'], above = ''): readonly string[] => {
  const path = (key: string) => (above === '' ? key : `${above}.${key}`)
  if (typeof value === 'string') return [above, path(value)]
  return [above, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, path(key)))]
}

import type { ChartNode, PersonNeeded } from './chart.ts'
import type { Definition } from './define.ts'
import type { SagaState, StateValue } from './state.ts'

export type SagaStatus = 'RUNNING' | 'COMPENSATING' | 'COMPLETED' | 'COMPENSATED' | 'NEEDS_ATTENTION'

/**
 * Where a saga stands, from the tags of its states: 'attention' before 'compensating' while it lives; a final state
 * tagged 'compensated' means that everything was undone.
 */
export const status = (definition: Definition, state: SagaState): SagaStatus => {
  const tags = new Set(activeNodes(definition, state.value).flatMap((node) => node.tags))
  if (state.status === 'done') return tags.has('compensated') ? 'COMPENSATED' : 'COMPLETED'
  if (tags.has('attention')) return 'NEEDS_ATTENTION'
  return tags.has('compensating') ? 'COMPENSATING' : 'RUNNING'
}

/** What a person is asked, one entry for each state tagged 'attention'; empty when the saga goes on alone. */
export const person = (definition: Definition, state: SagaState): readonly PersonNeeded[] =>
  questionsOf(definition, state, ({ tags }) => tags.includes('attention'))

/**
 * Beside these, what people are asked as part of the ordinary business, like an approval: states with `meta.person` that
 * are not tagged 'attention'. They are answered by an event of the chart, not by an operator.
 */
export const questions = (definition: Definition, state: SagaState): readonly PersonNeeded[] =>
  questionsOf(definition, state, () => true)

const questionsOf = (definition: Definition, state: SagaState, isMeant: (node: ChartNode) => boolean) =>
  state.status === 'done'
    ? []
    : activeNodes(definition, state.value)
        .filter(isMeant)
        .flatMap(({ asks }) => asks?.({ context: state.context }) ?? [])

/** Whether the saga is in a state, or in one inside it. */
export const isInside = (definition: Definition, state: SagaState, path: string): boolean =>
  activeNodes(definition, state.value).some((node) => node.path === path)

/** Whether an entered state lies inside the point of no return. */
export const isPast = (definition: Definition, state: SagaState): boolean =>
  definition.pointOfNoReturn !== undefined && isInside(definition, state, definition.pointOfNoReturn)

/**
 * The names in a stored state that the definition does not have: states, timers, commands that wait. A saga with any
 * of them waits for the code that knows it, or for a migration; stepping it would throw or lose a timer in silence.
 */
export const unknownIn = (definition: Definition, state: SagaState): readonly string[] => [
  ...unknownStates(definition.chart.root, state.value),
  ...Object.keys(state.armed)
    .filter((name) => !definition.chart.timers.has(name))
    .map((name) => `timer '${name}'`),
  ...state.waiting.filter(({ type }) => !definition.commands.has(type)).map(({ type }) => `command '${type}'`),
]

export const activeNodes = (definition: Definition, value: StateValue): ChartNode[] => {
  const found = [definition.chart.root]
  collect(definition.chart.root, value, found)
  return found
}

const collect = (node: ChartNode, value: StateValue, found: ChartNode[]): void => {
  for (const [key, inner] of entriesOf(value)) {
    const child = node.children.find((one) => one.key === key)
    if (!child) continue
    found.push(child)
    collect(child, inner, found)
  }
}

const unknownStates = (node: ChartNode, value: StateValue): string[] =>
  entriesOf(value).flatMap(([key, inner]) => {
    const child = node.children.find((one) => one.key === key)
    return child ? unknownStates(child, inner) : [`state '${node.path === '' ? key : `${node.path}.${key}`}'`]
  })

const entriesOf = (value: StateValue): [string, StateValue][] =>
  typeof value === 'string' ? [[value, {}]] : Object.entries(value)

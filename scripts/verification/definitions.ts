import type { Definition, StateValue } from '@skald/saga'
import { allDefinitions } from '@skald/saga-coordinator'
import { loadConfig, sagaConfig } from '@skald/service'

/** The definitions that the coordinator runs with this environment: how often a step is tried decides which paths are legal. */
export const definitionsOf = (env: Readonly<Record<string, string | undefined>>): readonly Definition[] =>
  allDefinitions(loadConfig([sagaConfig], env))

export type FindDefinition = (name: string, version: number) => Definition | undefined

export const finderOf =
  (definitions: readonly Definition[]): FindDefinition =>
  (name, version) =>
    definitions.find((definition) => definition.name === name && definition.version === version)

/** Whether a state is the named one at the top of the chart, or lies inside it. */
export const isIn = (value: StateValue, name: string): boolean =>
  typeof value === 'string' ? value === name : Object.hasOwn(value, name)

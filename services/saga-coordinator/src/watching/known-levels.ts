import type { AnyConfigPart, ConfigFault, SagaConfig } from '@skald/service'
import type { Definitions } from '../definitions.ts'

const NAME = 'SAGA_SERVICE_LEVELS'

/** Service levels must name definitions and states that there are: a slip would be a level that is always met. */
export const knownLevels = (definitionsOf: (config: SagaConfig) => Definitions): AnyConfigPart => ({
  variables: {},
  check: (config: SagaConfig): readonly ConfigFault[] => {
    const { all } = definitionsOf(config)
    return config.serviceLevels.flatMap(({ definition, state }): ConfigFault[] => {
      const named = all.filter(({ name }) => name === definition)
      if (named.some(({ chart }) => chart.nodes.has(state))) return []
      const given = JSON.stringify(state === '' ? definition : `${definition}/${state}`)
      if (named.length === 0) {
        return [
          fault(given, 'about a definition that there is', `Name one of ${namesOf(all.map(({ name }) => name))}.`),
        ]
      }
      const paths = named.flatMap(({ chart }) => [...chart.nodes.keys()].filter((path) => path !== ''))
      return [fault(given, `about a state of ${definition}`, `Name one of ${namesOf(paths)}.`)]
    })
  },
})

const namesOf = (names: readonly string[]): string => [...new Set(names)].join(', ')

const fault = (given: string, problem: string, fix: string): ConfigFault => ({ name: NAME, given, problem, fix })

import type { Request } from '@skald/host'
import type { Said } from '@skald/messaging'
import { person, type StateValue } from '@skald/saga'
import type { Coordination } from '../coordination.ts'
import type { Definitions } from '../definitions.ts'
import { type Asked, act } from '../operator/act.ts'
import { type Money, moneyIn } from '../operator/money.ts'
import type { BulkFilter } from '../store/bulk-tables.ts'
import { type SagaRow, sagas } from '../store/saga-tables.ts'

export interface Weigh extends Asked {
  readonly sagaIds: readonly string[]
  readonly filter: BulkFilter
}

/** What the action would do to one saga of those that fit the filter. */
export type Weighed =
  | { readonly sagaId: string; readonly says: readonly string[]; readonly money: readonly Money[] }
  | { readonly sagaId: string; readonly why: string }

/** Looks at sagas, and tells for those that fit what the action would do; decided as the action itself is. */
export const weigh = (coordination: Coordination): Request<Weigh, readonly Weighed[]> => ({
  type: 'request:weigh',
  rows: ({ data }) => [
    ...data.sagaIds.map((key) => ({ table: sagas, key, readOnly: true })),
    ...coordination.pauses.rows(),
  ],
  decide(request, rows, { nowMs }) {
    const { sagaIds, filter } = request.data
    const { definitions } = coordination
    const reply = sagaIds.flatMap((sagaId): readonly Weighed[] => {
      const row = rows.get(sagas, sagaId)
      if (row && !fits(definitions, row, filter)) return []
      const acted = act(coordination, rows, { ...request, correlationId: sagaId }, nowMs)
      if ('why' in acted) return [{ sagaId, why: acted.why }]
      const says: readonly Said[] = [...acted.says, ...acted.answers.flatMap((answer) => answer.says)]
      return [{ sagaId, says: says.map(({ type }) => type), money: moneyIn(says, definitions.all) }]
    })
    return { reply }
  },
})

const fits = (definitions: Definitions, row: SagaRow, { state, effect }: BulkFilter): boolean => {
  if (state !== undefined && !(row.state && statesIn(row.state.value).includes(state))) return false
  if (effect === undefined) return true
  const definition = definitions.get(row.definition, row.version)
  return Boolean(definition && row.state && person(definition, row.state).some((asked) => asked.effect === effect))
}

const statesIn = (value: StateValue): readonly string[] =>
  typeof value === 'string' ? [value] : Object.entries(value).flatMap(([name, inner]) => [name, ...statesIn(inner)])

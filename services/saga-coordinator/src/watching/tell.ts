import type { Rows } from '@skald/messaging'
import { type Definition, person } from '@skald/saga'
import { MAX_HISTORY } from '../advance.ts'
import { type Alert, alertOf, alertTask } from '../alerts/alert.ts'
import { alertTasks, concerns } from '../store/concern-tables.ts'
import type { Concern, SagaRow, Watched } from '../store/saga-tables.ts'
import type { Watching } from './watch.ts'

const CONCERNS: readonly Concern[] = ['slow', 'stuck']

/** Lists what a person should look at, takes back what is over, and writes the alerts. */
export const tell = (rows: Rows, before: SagaRow | undefined, after: SagaRow, watching: Watching): void => {
  const had = before?.watched ?? []
  if (had.length > 0 || after.watched.length > 0) {
    for (const kind of CONCERNS) listConcern(rows, kind, told(had, kind), told(after.watched, kind), after)
  }
  if (!watching.patience.alerts) return
  for (const alert of alertsOf(before, after, watching)) rows.put(alertTasks, alertTask(alert, watching.nowMs))
}

const told = (watched: readonly Watched[], wanted: Concern): readonly Watched[] =>
  watched.filter((each) => each.kind === wanted && each.told)

const listConcern = (
  rows: Rows,
  kind: Concern,
  had: readonly Watched[],
  has: readonly Watched[],
  { saga_id, definition, started_at }: SagaRow,
): void => {
  const id = `${kind}/${saga_id}`
  const since = Math.min(...has.map(({ sinceMs }) => sinceMs))
  if (has.length === 0 && had.length > 0) rows.delete(concerns, id)
  if (has.length > 0 && had.length === 0) rows.put(concerns, { id, kind, saga_id, definition, started_at, since })
}

const alertsOf = (before: SagaRow | undefined, after: SagaRow, { definition, nowMs }: Watching): readonly Alert[] => {
  const isTold = ({ kind, state }: Watched) =>
    before?.watched.some((other) => other.told && other.kind === kind && other.state === state) === true
  const watched = after.watched
    .filter((each) => each.told && !isTold(each))
    .map(({ kind, state, sinceMs, dueMs }) =>
      kind === 'stuck'
        ? alertOf(after, { kind, sinceMs }, nowMs)
        : alertOf(after, { kind, sinceMs, level: { state, limitMs: dueMs - sinceMs } }, nowMs),
    )
  const effects = newEffects(definition, before, after)
  return effects.length === 0
    ? watched
    : [...watched, alertOf(after, { kind: 'needs-person', sinceMs: nowMs, effects }, nowMs)]
}

/** What a person is asked now and was not asked before; a pause or a question beside it changes nothing in that. */
const newEffects = (definition: Definition | undefined, before: SagaRow | undefined, after: SagaRow) => {
  if (after.status !== 'NEEDS_ATTENTION') return []
  const known = new Set(before ? effectsOf(definition, before).map(({ effect }) => effect) : [])
  return effectsOf(definition, after).filter(({ effect }) => !known.has(effect))
}

/** Without the reason, which may repeat what a service or a person said. */
const effectsOf = (definition: Definition | undefined, { state, revision }: SagaRow): NonNullable<Alert['effects']> => {
  if (revision >= MAX_HISTORY) return [{ effect: 'history' }]
  if (!definition || !state) return []
  return person(definition, state).map(({ effect, amount }) => ({ effect, ...(amount && { amount }) }))
}

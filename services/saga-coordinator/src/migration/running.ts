import type { AppPorts } from '@skald/host'
import { type Answer, derivedId, type Handler, type Message, type Rows, type Task, tasks } from '@skald/messaging'
import type { Migration } from '@skald/saga'
import { MAX_HISTORY } from '../advance.ts'
import { save } from '../coordinate.ts'
import type { Coordination } from '../coordination.ts'
import type { Definitions } from '../definitions.ts'
import type { MigrationReading } from '../store/migration-reading.ts'
import { type MigrationRow, migrations } from '../store/migration-table.ts'
import { type SagaRow, sagas } from '../store/saga-tables.ts'
import { type Move, migratedRow, weighed } from './migrated.ts'
import { PAGE } from './survey.ts'

/*
 * A migration that runs has one task. A page of sagas is read with their histories and weighed, and then moved in one
 * transaction with how far the migration is: a process that dies did all of that or nothing. A saga that went on
 * since it was read is left for the next round; a round that moves none is the last.
 */

interface Candidate {
  readonly sagaId: string
  /** As it was weighed. */
  readonly revision: number
  readonly migration: Migration | 'unstarted'
}

interface Step {
  readonly task: Task
  readonly position: string
  readonly candidates: readonly Candidate[]
}

const idOf = ({ body }: Task): string => (body as { readonly migrationId: string }).migrationId

/** What is done with the due task of a migration. */
export const migrationTasks = (
  { submit, logger }: Pick<AppPorts, 'submit' | 'logger'>,
  coordination: Coordination,
  reading: MigrationReading,
) => {
  const step = takeStep(coordination)
  const run = async (task: Task): Promise<void> => {
    const known = await reading.find(idOf(task))
    const move = known && moveOf(coordination.definitions, known)
    // A coordinator that knows the version takes it when the lease has run out.
    if (!known || !move) return
    const page = await reading.page(known.definition, known.from_version, known.position, PAGE)
    const candidates = page.map(({ row, steps }) => ({
      sagaId: row.saga_id,
      revision: row.revision,
      migration: weighed(move, row, steps),
    }))
    await submit(step, requestOf(task, { task, position: known.position, candidates }))
  }
  // A step that fails keeps its task: the lease brings it back.
  return (task: Task): void => {
    run(task).catch((err: unknown) => logger.warn({ err, task: task.id }, 'a migration could not go on'))
  }
}

const moveOf = (definitions: Definitions, row: MigrationRow): Move | undefined => {
  const from = definitions.get(row.definition, row.from_version)
  const to = definitions.get(row.definition, row.to_version)
  return from && to && { from, to, states: row.states }
}

const takeStep = (coordination: Coordination): Handler<Step> => ({
  type: 'task:migrate',
  rows: ({ data: { task, candidates } }) => [
    ...candidates.map(({ sagaId }) => ({ table: sagas, key: sagaId })),
    { table: tasks, key: task.id },
    { table: migrations, key: idOf(task) },
  ],
  decide({ data }, rows, { nowMs }) {
    const task = rows.get(tasks, data.task.id)
    const known = rows.get(migrations, idOf(data.task))
    const move = known && moveOf(coordination.definitions, known)
    // Its lease ran out meanwhile: it is somebody else's, who was here already.
    if (!task || task.token !== data.task.token || !move || known.position !== data.position) return {}
    const outcomes = data.candidates.map((candidate) => moveOne(coordination, known, move, candidate, rows, nowMs))
    const after = advanced(known, data, outcomes, nowMs)
    rows.put(migrations, after)
    if (after.status === 'COMPLETED') rows.delete(tasks, task.id)
    else rows.put(tasks, { ...task, due_at: nowMs })
    return { answers: outcomes.flatMap((outcome) => (typeof outcome === 'object' ? [outcome] : [])) }
  },
})

type Outcome = Answer | 'refused' | 'moved-on'

const moveOne = (
  { patience }: Coordination,
  known: MigrationRow,
  move: Move,
  { sagaId, revision, migration }: Candidate,
  rows: Rows,
  nowMs: number,
): Outcome => {
  const row = rows.get(sagas, sagaId)
  if (!row || row.ended_at !== null || row.version !== known.from_version || row.revision !== revision)
    return 'moved-on'
  const after = row.revision + 1 < MAX_HISTORY ? migratedRow(move, row, migration, nowMs) : undefined
  if (!after) return 'refused'
  // A paused saga is woken by its pause's end alone.
  if (after.status === 'PAUSED') rows.put(sagas, after)
  else save(rows, row, after, { definition: move.to, nowMs, patience })
  return entryOf(known, row, after, nowMs)
}

const entryOf = (known: MigrationRow, before: SagaRow, after: SagaRow, nowMs: number): Answer => {
  const { migration_id, from_version: from, to_version: to, actor, reason } = known
  const { saga_id, state, timers } = after
  const message: Message = {
    id: derivedId(`${migration_id}/${saga_id}`, 0),
    type: 'operator.migrate',
    source: '/saga-coordinator',
    subject: after.business_key,
    time: new Date(nowMs).toISOString(),
    correlationId: saga_id,
    // Enough to know what it was afterwards, whatever the mapping said.
    data: { migrationId: migration_id, from, to, state, timers },
  }
  const [from_state, to_state] = [before.state?.value ?? null, state?.value ?? null]
  const note = `${actor}: ${reason} (version ${from} to ${to})`
  return { to: message, digest: '', says: [], record: { saga_id, seq: after.revision, from_state, to_state, note } }
}

const advanced = (
  known: MigrationRow,
  { candidates }: Step,
  outcomes: readonly Outcome[],
  nowMs: number,
): MigrationRow => {
  const migrated = outcomes.filter((outcome) => typeof outcome === 'object').length
  const refused = known.refused + outcomes.filter((outcome) => outcome === 'refused').length
  const movedOn = outcomes.some((outcome) => outcome === 'moved-on')
  const more = { ...known, migrated: known.migrated + migrated, updated_at: nowMs }
  const last = candidates.at(-1)
  // What moved on while it was looked at is as good as moved: there is another round.
  const round_migrated = known.round_migrated + migrated + (movedOn ? 1 : 0)
  if (last) return { ...more, refused, round_migrated, position: last.sagaId }
  if (round_migrated > 0) return { ...more, refused: 0, round_migrated: 0, position: '' }
  return { ...more, refused, status: 'COMPLETED', ended_at: nowMs }
}

const requestOf = (task: Task, data: Step): Message<Step> => ({
  id: task.id,
  type: 'task:migrate',
  source: '/saga-coordinator',
  subject: idOf(task),
  time: new Date(task.due_at).toISOString(),
  correlationId: idOf(task),
  data,
})

import type { AppPorts } from '@skald/host'
import {
  type Answer,
  type Decision,
  derivedId,
  type Handler,
  type Message,
  type Rows,
  type Task,
  tasks,
  timeOf,
} from '@skald/messaging'
import type { Coordination } from '../coordination.ts'
import { type News, news } from '../news.ts'
import { act } from '../operator/act.ts'
import { type CarriedOut, carryOut } from '../operator/operate.ts'
import { auditHead, CHAIN } from '../store/audit-tables.ts'
import { type BulkAction, type BulkSaga, bulkActions, bulkSagaId, bulkSagas } from '../store/bulk-tables.ts'
import { sagas } from '../store/saga-tables.ts'
import { STEP_EVERY_MS } from './control.ts'

/*
 * A bulk action that runs has one task. Once a second as many sagas as its rate says are acted on, in one transaction with
 * their results and with how far it is: a process that dies did all of that or nothing, and of two that hold the task one
 * finds that it is done. Nothing is caught up, so that the rate is never exceeded.
 */

interface Step {
  readonly task: Task
  readonly from: number
  readonly count: number
}

const bulkIdOf = ({ body }: Task): string => (body as { readonly bulkId: string }).bulkId

/** What is done with the due task of a bulk action. */
export const bulkTasks = ({ submit, logger }: Pick<AppPorts, 'submit' | 'logger'>, coordination: Coordination) => {
  const step = takeStep(coordination)
  const run = async (task: Task): Promise<void> => {
    const bulk = (await submit(look, requestOf(task, look.type, task))) as BulkAction | undefined
    if (!bulk) return
    await submit(step, requestOf(task, step.type, { task, from: bulk.next, count: bulk.rate_per_second }))
  }
  // A step that fails keeps its task: the lease brings it back.
  return (task: Task): void => {
    run(task).catch((err: unknown) => logger.warn({ err, task: task.id }, 'a bulk action could not go on'))
  }
}

const look: Handler<Task> = {
  type: 'task:bulk',
  rows: ({ data }) => [{ table: bulkActions, key: bulkIdOf(data), readOnly: true }],
  decide: ({ data }, rows) => ({ reply: rows.get(bulkActions, bulkIdOf(data)) }),
}

const takeStep = (coordination: Coordination): Handler<Step> => ({
  type: 'task:bulk-step',
  rows: ({ data: { task } }) => [
    { table: tasks, key: task.id },
    { table: auditHead, key: CHAIN },
    { table: bulkActions, key: bulkIdOf(task) },
    ...coordination.pauses.rows(),
  ],
  prepare({ data }, rows) {
    const members = memberIds(rows.get(bulkActions, bulkIdOf(data.task)), data)
    const unread = members.filter((key) => !rows.isLocked(bulkSagas, key))
    if (unread.length > 0) return { needs: unread.map((key) => ({ table: bulkSagas, key })) }
    const ids = members.flatMap((key) => rows.get(bulkSagas, key)?.saga_id ?? [])
    const unlocked = ids.filter((key) => !rows.isLocked(sagas, key))
    return unlocked.length > 0 ? { needs: unlocked.map((key) => ({ table: sagas, key })) } : undefined
  },
  decide({ data }, rows, { nowMs }) {
    const task = rows.get(tasks, data.task.id)
    const bulk = rows.get(bulkActions, bulkIdOf(data.task))
    // Its lease ran out meanwhile, or it was paused: it is somebody else's, or nobody's.
    if (!bulk || task?.token !== data.task.token || bulk.status !== 'RUNNING' || bulk.next !== data.from) return {}
    const members = memberIds(bulk, data).flatMap((key) => rows.get(bulkSagas, key) ?? [])
    const outcomes = members.map((member) => actOn(coordination, bulk, member, rows, nowMs))
    const after = advanced(bulk, outcomes, nowMs)
    rows.put(bulkActions, after)
    if (after.status === 'COMPLETED') rows.delete(tasks, task.id)
    else rows.put(tasks, { ...task, due_at: nowMs + STEP_EVERY_MS })
    return decisionOf(outcomes)
  },
})

const memberIds = (bulk: BulkAction | undefined, { from, count }: Step): readonly string[] =>
  bulk?.next === from && bulk.status === 'RUNNING'
    ? Array.from({ length: Math.min(count, bulk.total - from) }, (_, at) => bulkSagaId(bulk.bulk_id, from + at))
    : []

type Outcome = { readonly why: string } | { readonly answers: readonly Answer[]; readonly news: News }

/** As an action of its own, under an id of its own. */
const actOn = (
  coordination: Coordination,
  { bulk_id, action, reason, actor }: BulkAction,
  member: BulkSaga,
  rows: Rows,
  nowMs: number,
): Outcome => {
  const row = rows.get(sagas, member.saga_id)
  const request: Message<CarriedOut> = {
    id: derivedId(member.id, 0, timeOf(bulk_id)),
    type: 'request:operate',
    source: '/saga-coordinator',
    subject: row?.business_key ?? member.saga_id,
    time: new Date(nowMs).toISOString(),
    correlationId: member.saga_id,
    data: { action, reason, actor, bulkId: bulk_id },
  }
  const acted = attempt(() => act(coordination, rows, request, nowMs))
  if ('why' in acted) {
    rows.put(bulkSagas, { ...member, result: 'REFUSED', why: acted.why })
    return acted
  }
  const answers = carryOut(coordination, request, acted, rows, nowMs)
  rows.put(bulkSagas, { ...member, result: 'DONE' })
  return { answers, news: news(acted.before, acted.row, nowMs) }
}

/** A saga on which the decision throws must not keep all others waiting. */
const attempt = <Acted>(decide: () => Acted): Acted | { readonly why: string } => {
  try {
    return decide()
  } catch (error) {
    return { why: `The action fails on this saga: ${error instanceof Error ? error.message : String(error)}` }
  }
}

const advanced = (bulk: BulkAction, outcomes: readonly Outcome[], nowMs: number): BulkAction => {
  const refused = outcomes.filter((outcome) => 'why' in outcome).length
  const next = bulk.next + outcomes.length
  const isOver = next >= bulk.total
  return {
    ...bulk,
    next,
    done: bulk.done + outcomes.length - refused,
    refused: bulk.refused + refused,
    updated_at: nowMs,
    ...(isOver && { status: 'COMPLETED' as const, ended_at: nowMs }),
  }
}

const decisionOf = (outcomes: readonly Outcome[]): Decision => {
  const done = outcomes.filter((outcome) => 'answers' in outcome)
  const more = done.map((outcome) => outcome.news)
  return {
    answers: done.flatMap(({ answers }) => answers),
    reply: { started: false, ended: undefined, stepMs: undefined, more } satisfies News,
  }
}

const requestOf = <Data>(task: Task, type: string, data: Data): Message<Data> => ({
  id: task.id,
  type,
  source: '/saga-coordinator',
  subject: bulkIdOf(task),
  time: new Date(task.due_at).toISOString(),
  correlationId: bulkIdOf(task),
  data,
})

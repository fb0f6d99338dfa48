import { bug, type PlantedBug } from './bug.ts'

const TIMERS = 'services/saga-coordinator/src/timers'

export const timerBugs: readonly PlantedBug[] = [
  bug(
    'a moved timer fires when it was due before',
    `${TIMERS}/change.ts`,
    'return dueAt(timer, Math.max(wanted, Math.ceil(nowMs)), movedBy)',
    'return wanted > 0 ? { ...timer, movedBy } : undefined',
  ),
  bug(
    'a timer that was cancelled fires all the same',
    `${TIMERS}/change.ts`,
    'const timers = row.timers.flatMap((timer) => (moved.has(timer) ? (moved.get(timer) ?? []) : timer))',
    'const timers = row.timers.flatMap((timer) => (moved.has(timer) ? (moved.get(timer) ?? timer) : timer))',
  ),
  bug(
    'another start of a timer is moved than the one that was named',
    `${TIMERS}/change.ts`,
    '(arm === undefined || timer.arm === arm)',
    '(arm === undefined || timer.arm > 0)',
  ),
  bug(
    'timers are moved in a paused saga',
    `${TIMERS}/change.ts`,
    "  if (row.status === 'PAUSED') return { why: PAUSED }\n",
    '',
  ),
  bug(
    'the only timer by which a saga goes on is cancelled',
    `${TIMERS}/change.ts`,
    "  if (change.kind === 'cancel') {",
    "  if (change.kind === 'cancel' && action !== 'cancel-timer') {",
  ),
  bug(
    'a shift is done again under the same Idempotency-Key',
    `${TIMERS}/set-timers.ts`,
    '    once(request.data, rows, turn, ',
    '    once({ ...request.data, repeatable: undefined }, rows, turn, ',
  ),
  bug(
    'a move of timers leaves no entry in their sagas',
    `${TIMERS}/set-timers.ts`,
    'decision: { answers, reply } }',
    'decision: { answers: answers.slice(1), reply } }',
  ),
  bug(
    'a move of timers is not in the audit',
    `${TIMERS}/set-timers.ts`,
    '      writeDown(rows, turn.nowMs, data, { ...act, before: { ...before, filter: { sagaId, ...filter } }, after })\n',
    "      if (act.id === after.earliest) return { reply: { kind: 'key-reused' }, decision: {} }\n",
  ),
]

import { bug, type PlantedBug, pair } from './bug.ts'

const TIMERS = 'services/saga-coordinator/src/timers'

export const timerBugs: readonly PlantedBug[] = [
  bug(
    'a move of timers is written down, and their times stay',
    `${TIMERS}/change.ts`,
    '    after: { ...row, timers, revision',
    '    after: { ...row, timers: row.timers.map((timer) => timer), revision',
  ),
  bug(
    'timers are moved the other way',
    `${TIMERS}/change.ts`,
    'timer.dueAtMs + change.byMs',
    'timer.dueAtMs - change.byMs',
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
  pair(
    'timers are moved in a paused saga',
    bug('its own guard', `${TIMERS}/change.ts`, "  if (row.status === 'PAUSED') return { why: PAUSED }\n", ''),
    bug(
      'that of all actions',
      'services/saga-coordinator/src/operator/why-not.ts',
      "  if (row.status !== 'PAUSED') return undefined",
      "  if (row.status !== 'PAUSED' || action.endsWith('-timer') || action.endsWith('-timers')) return undefined",
    ),
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

import { bug, type PlantedBug, pair } from './bug.ts'

const SAGA = 'services/saga-coordinator/src'

export const operatorBugs: readonly PlantedBug[] = [
  bug(
    'what comes for a paused saga is used at once',
    `${SAGA}/coordinate.ts`,
    "if (!definition || known.status === 'PAUSED') return hold(",
    'if (!definition) return hold(',
  ),
  pair(
    'a paused saga is woken',
    bug(
      'its task is left',
      `${SAGA}/operator/operate.ts`,
      '  rows.delete(tasks, wakeTaskId(after.saga_id))\n  rows.put(sagas, { ...after, wake_at: null })',
      '  rows.put(sagas, after)',
    ),
    bug('the wake goes on', `${SAGA}/wake.ts`, " || (known.status === 'PAUSED' && known.paused_by === null)) {", ') {'),
  ),
  bug(
    'a reply leads into a step that is paused',
    `${SAGA}/coordinate.ts`,
    '  if (pause) return holdBack(known, pause, known, message, rows, turn, watching)\n',
    '',
  ),
  bug(
    'a deadline leads into a step that is paused',
    `${SAGA}/wake.ts`,
    '      if (entered) return holdBack(known, row, entered, answers, rows, watching)\n',
    '',
  ),
  bug('what is paused is remembered for ever', `${SAGA}/pauses/pauses.ts`, 'ageMs < MAX_AGE_MS', 'ageMs < 1e9'),
  bug(
    'a saga whose step goes on is not woken for it',
    `${SAGA}/wake.ts`,
    '  if (pauses.some(({ id }) => id === known.paused_by)) {',
    '  if (pauses) {',
  ),
  bug(
    'an action is done again under the same Idempotency-Key',
    `${SAGA}/operator/repeatable.ts`,
    'const answered = repeatable && rows.get(operatorRequests, repeatable.key)',
    'const answered = undefined as { body_digest: string; response: unknown } | undefined',
  ),
  bug(
    'an action leaves no entry in the history',
    `${SAGA}/operator/operate.ts`,
    '    data: { reason, actor },\n  }\n  return [',
    '    data: { reason, actor },\n  }\n  if (to) return answers\n  return [',
  ),
  bug(
    'the audit forgets where its chain ends',
    `${SAGA}/operator/audit.ts`,
    '  rows.put(auditHead, { name: CHAIN, seq: entry.seq, hash: entry.hash })\n',
    '',
  ),
  bug(
    'what was asked and timed is forgotten by an action',
    `${SAGA}/operator/operate.ts`,
    '  else save(rows, before, after, watching)\n',
    '  else save(rows, before, { ...after, asked: [], timers: [] }, watching)\n',
  ),
]

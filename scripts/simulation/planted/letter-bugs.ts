import { bug, type PlantedBug } from './bug.ts'

const LETTERS = 'services/saga-coordinator/src/letters'

export const letterBugs: readonly PlantedBug[] = [
  bug(
    'a redrive counts when it was tried',
    `${LETTERS}/redriving.ts`,
    'msgId: redriveMsgId(bodyOf(task)), payload })',
    'msgId: redriveMsgId(bodyOf(task)), payload }).catch(() => undefined)',
  ),
  bug(
    'a redrive has no task',
    `${LETTERS}/operate.ts`,
    'rows.put(tasks, redriveTask(after.id, after.redrive_id, nowMs))',
    'rows.delete(tasks, redriveTask(after.id, after.redrive_id, nowMs).id)',
  ),
  bug(
    'all redrives of a letter go out under one id',
    `${LETTERS}/redriving.ts`,
    'msgId: redriveMsgId(bodyOf(task)), payload })',
    'msgId: redriveMsgId({ ...bodyOf(task), redriveId: bodyOf(task).letterId }), payload })',
  ),
  bug(
    'a late report of an earlier refusal opens a letter',
    `${LETTERS}/list-dead-letter.ts`,
    'known.redrive_id !== null && data.redrives?.includes(known.redrive_id)',
    'known.redrive_id !== null',
  ),
  bug(
    'what is refused once more is another letter, or none',
    'packages/messaging/src/batch.ts',
    'const before = letter && input.redriven && redrivenLetter(input.redriven, letter, rows)',
    'const before = undefined as DeadLetter | undefined',
  ),
  bug(
    'a refusal of a redrive that comes twice counts twice',
    'packages/messaging/src/dead-letters.ts',
    'letter.redrives.includes(redriveId)\n    ? undefined',
    "redriveId === ''\n    ? undefined",
  ),
]

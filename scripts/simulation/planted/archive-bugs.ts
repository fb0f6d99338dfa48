import { bug, type PlantedBug } from './bug.ts'

const SAGA = 'services/saga-coordinator/src'

export const archiveBugs: readonly PlantedBug[] = [
  bug('a message does not bring its archived saga back', `${SAGA}/coordinate.ts`, '    prepare: bringBack,\n', ''),
  bug(
    'a start does not look whether its saga is archived',
    `${SAGA}/coordinate.ts`,
    'prepare: bringBack,',
    'prepare: (message, rows) => (definitions.startedBy(message.type) ? undefined : bringBack(message, rows)),',
  ),
  bug(
    'a saga comes back without its history',
    `${SAGA}/bring-back.ts`,
    '  for (const step of steps) rows.put(history, step)\n',
    '',
  ),
  bug(
    'a saga that came back is still in the archive',
    `${SAGA}/bring-back.ts`,
    '  rows.delete(archivedSagas, saga_id)\n',
    '',
  ),
  bug(
    'a saga comes back and is not in the list of detours',
    `${SAGA}/bring-back.ts`,
    '  if (isDetour(status)) rows.put(detours, { saga_id, status, started_at })\n',
    '',
  ),
]

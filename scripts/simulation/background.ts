import type { Background } from '@skald/saga-coordinator'
import type { Life, SimDatabase } from '@skald/testing/simulation'
import { archiveOf } from './archive.ts'

/**
 * What the coordinator reads beside its batches, on a simulated database. Lost wakes are not looked for: that would make good
 * in silence for a fault that a simulation is to find.
 */
export const backgroundOf = (database: SimDatabase, life: Life): Background => ({
  archive: archiveOf(database, life),
  lostWakes: { find: () => Promise.resolve({ sagaIds: [], next: undefined }) },
  figures: () => Promise.resolve({ sagas: [], openDeadLetters: 0, wakeLateSeconds: 0 }),
  versions: { page: () => Promise.resolve([]), find: () => Promise.resolve(undefined) },
})

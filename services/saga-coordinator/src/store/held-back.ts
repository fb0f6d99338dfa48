import type { Pool } from 'pg'

/** Those that an operator paused one by one have no task. */
const WAKE = `UPDATE task SET due_at = now() WHERE id IN (SELECT 'wake/' || saga_id FROM saga_detour WHERE status = 'PAUSED')`

/** Makes the wakes of all sagas due that a pause holds back; each looks for itself whether its own has ended. */
export const wakeHeldBack = async (pool: Pool): Promise<void> => {
  await pool.query(WAKE)
}

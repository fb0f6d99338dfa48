import { StoreError, type StoreFault } from '@skald/messaging'
import pg from 'pg'

/**
 * What an error of the database means for the batch that met it, by SQLSTATE class, or by single code where a class
 * is mixed. What is not listed is transient: trying again loses nothing, while a wrong 'refused' would bury a message.
 *
 * transient  08 connection, 40 deadlock and serialization, 53 out of disk, memory or connections, 55 lock not
 *            available, 57 shutdown and timeouts, 58 system, 25P03 idle in transaction, XX internal;
 *            23505 and 23503: somebody else was first or not there yet, the batch must look again.
 * refused    22 data exception, 23502 not null, 23514 check, 54 beyond a limit (an index row too large),
 *            21 the same key twice in one write, P0 raised by a trigger: this data can never be stored.
 * broken     42 unknown table or column, no permission; 3D and 3F no such database or schema, 28 wrong password,
 *            0A not supported: nothing can succeed until someone acts.
 */
const FAULT_OF_CLASS: Readonly<Record<string, StoreFault>> = {
  '0A': 'broken',
  '21': 'refused',
  '22': 'refused',
  '28': 'broken',
  '3D': 'broken',
  '3F': 'broken',
  '42': 'broken',
  '54': 'refused',
  P0: 'refused',
}

const FAULT_OF_CODE: Readonly<Record<string, StoreFault>> = {
  '23502': 'refused',
  '23514': 'refused',
}

/** The schema changed under a prepared statement: a new connection prepares it again. */
const isStalePlan = (error: pg.DatabaseError): boolean =>
  error.code === '26000' || (error.code === '0A000' && error.routine === 'RevalidateCachedQuery')

const faultOf = (error: pg.DatabaseError): StoreFault => {
  const code = error.code ?? ''
  if (isStalePlan(error)) return 'transient'
  return FAULT_OF_CODE[code] ?? FAULT_OF_CLASS[code.slice(0, 2)] ?? 'transient'
}

const systemCode = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/**
 * Any rejection of the driver as a StoreError. What did not come from the server (ECONNRESET, ECONNREFUSED, EPIPE,
 * 'Connection terminated', a time limit) is the connection's fault and transient, also when it died during COMMIT:
 * whether that commit happened is known to the inbox rows alone, which the next try reads.
 */
export const toStoreError = (error: unknown): StoreError => {
  if (error instanceof StoreError) return error
  if (error instanceof pg.DatabaseError) return new StoreError(faultOf(error), error.message, error.code, error)
  const message = error instanceof Error ? error.message : String(error)
  return new StoreError('transient', message, systemCode(error), error)
}

/** The rows were not as expected (40001, by skald_expect), or whoever holds them waits for ours (40P01). */
export const isLostRace = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code === '40001' || error.code === '40P01')

/** After these the connection cannot be used for another transaction, whatever its socket looks like. */
export const endsConnection = (error: unknown): boolean => {
  if (!(error instanceof pg.DatabaseError)) return true
  return error.severity === 'FATAL' || error.severity === 'PANIC' || isStalePlan(error)
}

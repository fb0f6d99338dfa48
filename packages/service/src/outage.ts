/**
 * Codes of what passes by itself: a connection that cannot be made or breaks, a database that starts, stops, fails over
 * or has no room for another connection. SQLSTATE classes 08, 53 and 57P; system errors; Prisma's P1 and its pool.
 */
const CODES = /^(08|53|57P|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|P1001|P1002|P1008|P1017|P2024)/
/** What the PostgreSQL driver throws without a code. */
const TEXTS = /Connection terminated|timeout exceeded when trying to connect|Can't reach database/
/** Causes are wrapped a few times at most; a cycle must not hang the answer. */
const MAX_DEPTH = 5

/** Whether the database or the broker cannot be reached: no fault of the request, nor of this program. */
export function isOutage(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return false
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'string' && CODES.test(code)) return true
  return TEXTS.test(error.message) || isOutage(error.cause, depth + 1)
}

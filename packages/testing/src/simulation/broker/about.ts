import type { About } from '../faults.ts'

const CORRELATION = /"correlationid":"([^"]+)"/

/** What a fault on the way of a message is about. */
export const aboutOf = (event: string, payload: string | Uint8Array) => (): About => ({
  event,
  whose: CORRELATION.exec(typeof payload === 'string' ? payload : Buffer.from(payload).toString())?.[1] ?? '',
})

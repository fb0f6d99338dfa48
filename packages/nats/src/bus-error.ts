/**
 * transient: the same call may succeed later. A publication may have been stored all the same, so it is sent again under
 * the same Nats-Msg-Id.
 * refused: the same call can never succeed: too large, no such subject, not permitted.
 */
export type BusFault = 'transient' | 'refused'

export class BusError extends Error {
  readonly fault: BusFault
  constructor(fault: BusFault, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'BusError'
    this.fault = fault
  }
}

export const transient = (message: string, cause?: unknown): BusError => new BusError('transient', message, cause)

export const refused = (message: string, cause?: unknown): BusError => new BusError('refused', message, cause)

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

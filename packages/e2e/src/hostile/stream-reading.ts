import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from 'nats'

export interface Stored {
  readonly subject: string
  readonly payload: Uint8Array
}

/** Everything that a stream holds, in order. */
export const everythingIn = (connection: NatsConnection, stream: string): Promise<readonly Stored[]> =>
  lastIn(connection, stream, Number.POSITIVE_INFINITY)

/** The last so many messages of a stream, in order. */
export const lastIn = async (connection: NatsConnection, stream: string, most: number): Promise<readonly Stored[]> => {
  const manager = await jetstreamManager(connection)
  const { state } = await manager.streams.info(stream)
  const stored: Stored[] = []
  for (let seq = Math.max(state.first_seq, state.last_seq - most + 1); seq <= state.last_seq; seq += 1) {
    const message = await manager.streams.getMessage(stream, { seq })
    if (message) stored.push({ subject: message.subject, payload: message.data })
  }
  return stored
}

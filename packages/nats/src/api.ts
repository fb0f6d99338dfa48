import { errors } from 'nats'
import { messageOf, refused, transient } from './bus-error.ts'
import type { Connection } from './link.ts'

/** Answers come within a millisecond; a server that lost its store may answer nothing at all. */
const TIMEOUT_MS = 2_000
const NOT_FOUND = 404

export interface StreamState {
  /** When the stream was made, to the nanosecond: a stream made anew has another. */
  readonly incarnation: string
  readonly firstSequence: number
  readonly lastSequence: number
}

export interface DurableState {
  readonly ackFloor: number
  /** In the stream and never handed out. */
  readonly pending: number
  /** Handed out and not acked. */
  readonly unacked: number
}

/**
 * One request to JetStream's API, as plain JSON: the services may ask for little, and the client library's manager asks
 * for more than that. Undefined when what was asked about does not exist. Rejects with a BusError.
 */
export const ask = async (connection: Connection, call: string, body?: object): Promise<object | undefined> => {
  const subject = `$JS.API.${call}`
  if (!connection.isUp()) throw transient(`${subject}: there is no connection to NATS`)
  try {
    const payload = body === undefined ? '' : JSON.stringify(body)
    const message = await connection.client.request(subject, payload, { timeout: TIMEOUT_MS })
    const answer: unknown = message.json()
    const error = part(answer, 'error')
    if (error === undefined) return part({ answer }, 'answer')
    if (value(error, 'code') === NOT_FOUND) return undefined
    throw new Error(`${String(value(error, 'description'))} (${String(value(error, 'err_code'))})`)
  } catch (error) {
    const permission = error instanceof errors.PermissionViolationError || isPermission(error)
    throw (permission ? refused : transient)(`${subject}: ${messageOf(error)}`, error)
  }
}

const isPermission = (error: unknown): boolean =>
  error instanceof errors.RequestError && error.cause instanceof errors.PermissionViolationError

export const streamState = async (connection: Connection, stream: string): Promise<StreamState | undefined> => {
  const info = await ask(connection, `STREAM.INFO.${stream}`)
  if (!info) return undefined
  const state = part(info, 'state')
  return {
    incarnation: String(value(info, 'created')),
    firstSequence: count(state, 'first_seq'),
    lastSequence: count(state, 'last_seq'),
  }
}

export const durableState = async (
  connection: Connection,
  { stream, name }: { readonly stream: string; readonly name: string },
): Promise<DurableState | undefined> => {
  const info = await ask(connection, `CONSUMER.INFO.${stream}.${name}`)
  if (!info) return undefined
  return {
    ackFloor: count(part(info, 'ack_floor'), 'stream_seq'),
    pending: count(info, 'num_pending'),
    unacked: count(info, 'num_ack_pending'),
  }
}

/** A field of something that came over the wire. */
export const value = (from: unknown, field: string): unknown =>
  typeof from === 'object' && from !== null ? Reflect.get(from, field) : undefined

/** A field that is an object itself. */
export const part = (from: unknown, field: string): object | undefined => {
  const found = value(from, field)
  return typeof found === 'object' && found !== null ? found : undefined
}

const count = (from: unknown, field: string): number => {
  const found = value(from, field)
  if (typeof found !== 'number') throw transient(`JetStream's answer lacks ${field}`)
  return found
}

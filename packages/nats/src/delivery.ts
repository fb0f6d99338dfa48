import type { Delivery } from '@skald/messaging'
import type { Msg } from 'nats'
import { msgIdOf } from './headers.ts'
import type { Connection } from './link.ts'

const WORKING = Buffer.from('+WPI')
const NAK = Buffer.from('-NAK')
const NANOS_A_MS = 1_000_000

/**
 * A message with the ways to settle it; the first settles, later ones do nothing. Plain acks only: on older servers an
 * acknowledged ack survives a crash no better and costs ten times as much, and a `term` with a reason is ignored there.
 * While the connection is down an ack is lost, and the message comes again. Undefined when the message came from
 * somebody else than JetStream: it has no place in a stream, and nothing to settle.
 */
export const delivered = (
  durable: string,
  message: Msg,
  connection: Connection,
  settled: () => void,
): Delivery | undefined => {
  const { reply } = message
  const place = reply === undefined ? undefined : placeOf(reply)
  if (reply === undefined || place === undefined) return undefined
  let open = true
  const settle = (tell: () => void): void => {
    if (!open) return
    open = false
    tell()
    settled()
  }
  return {
    durable,
    subject: message.subject,
    payload: message.data,
    msgId: msgIdOf(message),
    deliveries: place.deliveries,
    sequence: place.sequence,
    ack: () => settle(() => connection.acks.add(reply)),
    nak: (delayMs) => settle(() => say(connection, reply, nakAfter(delayMs))),
    working: () => {
      if (open) say(connection, reply, WORKING)
    },
  }
}

/** Settles a message that is not handed out: it is acked, or given back for whoever asks next. */
export const settleUnseen = (connection: Connection, { reply }: Msg, how: 'ack' | 'nak'): void => {
  if (reply === undefined) return
  if (how === 'ack') connection.acks.add(reply)
  else say(connection, reply, NAK)
}

const nakAfter = (delayMs: number): Uint8Array =>
  delayMs > 0 ? Buffer.from(`-NAK {"delay": ${Math.round(delayMs) * NANOS_A_MS}}`) : NAK

const say = ({ client }: Connection, reply: string, answer: Uint8Array): void => {
  // A closed connection settles nothing, and whoever settles after the end of the process's work need not know.
  if (!client.isClosed()) client.publish(reply, answer)
}

/**
 * Reads `$JS.ACK.<stream>.<durable>.<deliveries>.<sequence>.<n>.<time>.<pending>`. Newer servers may put a domain and an
 * account before the stream.
 */
const placeOf = (reply: string): { deliveries: number; sequence: number } | undefined => {
  const tokens = reply.split('.')
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined
  const first = tokens.length === 9 ? 4 : 6
  const deliveries = Number(tokens[first])
  const sequence = Number(tokens[first + 1])
  return Number.isSafeInteger(deliveries) && Number.isSafeInteger(sequence) ? { deliveries, sequence } : undefined
}

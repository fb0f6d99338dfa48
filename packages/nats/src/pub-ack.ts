import type { PubAck } from '@skald/messaging'
import type { Msg } from 'nats'

/** The server's answers that repeating cannot change: headers too large, message too large, another stream's subject. */
const FINAL: ReadonlySet<unknown> = new Set([10_097, 10_054, 10_060])

export type PubAckAnswer =
  | { readonly ack: PubAck }
  | { readonly ack?: undefined; readonly isFinal: boolean; readonly detail: string }

interface Answer {
  readonly stream?: unknown
  readonly seq?: unknown
  readonly duplicate?: unknown
  readonly error?: { readonly err_code?: unknown; readonly description?: unknown }
}

/** Reads the broker's answer to a publication. */
export const readPubAck = (message: Msg): PubAckAnswer => {
  // Without a body it is no PubAck: nobody listens on the subject, the stream is not there at the moment.
  if (message.data.length === 0) return { isFinal: false, detail: 'no stream takes it at the moment' }
  try {
    const { stream, seq, duplicate, error } = message.json<Answer>()
    if (error) {
      const detail = `${String(error.description)} (${String(error.err_code)})`
      return { isFinal: FINAL.has(error.err_code), detail }
    }
    if (typeof stream === 'string' && typeof seq === 'number') {
      return { ack: { stream, sequence: seq, duplicate: duplicate === true } }
    }
  } catch {
    // Not JSON: the same as JSON without the fields.
  }
  return { isFinal: false, detail: `the answer is no PubAck: ${message.string().slice(0, 200)}` }
}

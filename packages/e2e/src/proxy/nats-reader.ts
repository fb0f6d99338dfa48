import { type Frame, Frames } from './frames.ts'
import type { Handed, Reader, Sighting } from './sightings.ts'

/*
 * The text protocol: a line, and for the four verbs of messages a payload behind it, whose length is the line's last word.
 * TLS is not used on loopback; where it were, no line would be known and the connection's first frame would not end.
 */

const WITH_PAYLOAD = /^(?:PUB|HPUB|MSG|HMSG)\s/i
const LINE_END = '\r\n'
const ACK_SUBJECT = '$JS.ACK.'

const measure = (bytes: Buffer): number | undefined => {
  const lineEnd = bytes.indexOf(LINE_END)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('latin1', 0, lineEnd)
  const payload = WITH_PAYLOAD.test(line) ? Number(line.slice(line.lastIndexOf(' ') + 1)) + LINE_END.length : 0
  return lineEnd + LINE_END.length + payload
}

/** A message on the wire, published or delivered. */
interface WireMessage {
  readonly verb: string
  readonly subject: string
  readonly reply: string | undefined
  readonly headers: string
  readonly body: Buffer
}

const messageIn = (frame: Frame): WireMessage | undefined => {
  const lineEnd = frame.bytes.indexOf(LINE_END)
  const line = frame.bytes.toString('latin1', 0, lineEnd)
  if (!WITH_PAYLOAD.test(line)) return undefined
  const [verb = '', subject = '', ...words] = line.split(' ')
  const hasHeaders = /^H/i.test(verb)
  // A delivery names the subscription, and either may name where to answer.
  const named = words.slice(/MSG$/i.test(verb) ? 1 : 0, hasHeaders ? -2 : -1)
  const start = lineEnd + LINE_END.length
  const headerBytes = hasHeaders ? Number(words.at(-2)) : 0
  const headers = frame.bytes.toString('utf8', start, start + headerBytes)
  const body = frame.bytes.subarray(start + headerBytes, -LINE_END.length)
  return { verb: verb.toUpperCase(), subject, reply: named[0], headers, body }
}

/** What a transaction that handles the message writes down of it: its id, or what a report calls its own. */
const marksOf = (body: Buffer): readonly string[] => {
  try {
    const { id, data } = JSON.parse(body.toString()) as {
      readonly id?: unknown
      readonly data?: { readonly id?: unknown }
    }
    return [id, data?.id].filter((mark) => typeof mark === 'string')
  } catch {
    // Garbage may be delivered, too.
    return []
  }
}

export const natsReader = (): Reader => {
  const frames = { toServer: new Frames(measure), toClient: new Frames(measure) }
  /** Deliveries by the subject that acks them, publications by where their PubAck goes. */
  const unacked = new Map<string, Handed>()
  const published = new Map<string, { readonly subject: string; readonly msgId: string }>()

  const sent = ({ subject, reply, headers, body }: WireMessage): Sighting | undefined => {
    if (subject.startsWith(ACK_SUBJECT)) {
      const acked = unacked.get(subject)
      const isOver = body[0] !== '+'.charCodeAt(0) || body.toString() === '+ACK'
      if (isOver) unacked.delete(subject)
      return acked !== undefined && body.toString() === '+ACK' ? { what: 'ack', ...acked } : undefined
    }
    const msgId = /\r\nNats-Msg-Id: *([^\r]*)/i.exec(headers)?.[1]
    if (reply === undefined || msgId === undefined) return undefined
    published.set(reply, { subject, msgId })
    return { what: 'publication', subject, msgId }
  }

  const delivered = ({ subject, reply, body }: WireMessage): Sighting | undefined => {
    const publication = published.get(subject)
    if (publication) {
      published.delete(subject)
      return { what: 'pub-ack', ...publication }
    }
    if (!reply?.startsWith(ACK_SUBJECT)) return undefined
    const [, , , durable = '', deliveries] = reply.split('.')
    const handed = { durable, subject }
    unacked.set(reply, handed)
    return { what: 'delivery', ...handed, isFirst: deliveries === '1', marks: marksOf(body) }
  }

  return {
    read(direction, bytes, seen) {
      for (const frame of frames[direction].of(bytes)) {
        const message = messageIn(frame)
        const sighting = message && (direction === 'toServer' ? sent(message) : delivered(message))
        const end = sighting && seen(sighting)
        if (end !== undefined) return end === 'withhold' ? frame.start : frame.end
      }
      return undefined
    },
  }
}

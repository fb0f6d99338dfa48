import { type Msg, MsgHdrsImpl, MsgImpl } from 'nats'

/*
 * The client's header map costs 2 us to fill and encode and 1.7 us to decode, which is a third of what a message costs
 * here. We send two headers and read one, so both are done on the bytes: 0.2 and 0.4 us.
 */

const MSG_ID = '\r\nNats-Msg-Id:'
/** What a header value cannot carry, or would not keep: spaces are trimmed, line ends end it. `%` marks what was replaced. */
const UNSAFE = /[\p{White_Space}\p{Cc}\p{Cs}%]/gu

/** Headers that are encoded already. One object serves every publish: the client encodes before `publish` returns. */
export class EncodedHeaders extends MsgHdrsImpl {
  #bytes: Uint8Array = new Uint8Array(0)

  holding(bytes: Uint8Array): this {
    this.#bytes = bytes
    return this
  }

  override encode(): Uint8Array {
    return this.#bytes
  }
}

/**
 * The two headers of a publication: the broker drops a msgId that it has seen, and refuses a message for another stream
 * than the one expected. Spaces and control characters in an id become `%` and four digits: they cannot break out of the
 * header, and different ids stay different.
 */
export const publishHeaders = (msgId: string, stream: string): Uint8Array =>
  Buffer.from(`NATS/1.0${MSG_ID} ${safe(msgId)}\r\nNats-Expected-Stream: ${stream}\r\n\r\n`)

const safe = (msgId: string): string =>
  msgId.replace(UNSAFE, (char) => `%${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** The Nats-Msg-Id of a message that came in. */
export const msgIdOf = (message: Msg): string | undefined => {
  // The bytes are the client's own; should they move in another version, its decoder gives the same answer, only slower.
  if (!(message instanceof MsgImpl) || message._rdata === undefined) {
    return message.headers?.get('Nats-Msg-Id') || undefined
  }
  const headerBytes = message._msg.hdr
  if (headerBytes <= 0) return undefined
  return msgIdIn(Buffer.from(message._rdata.buffer, message._rdata.byteOffset, headerBytes).toString())
}

/** The Nats-Msg-Id in a header block. */
export const msgIdIn = (headers: string): string | undefined => {
  const start = headers.indexOf(MSG_ID)
  if (start < 0) return undefined
  const from = start + MSG_ID.length
  return headers.slice(from, headers.indexOf('\r\n', from)).trim() || undefined
}

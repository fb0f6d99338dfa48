import { connect } from 'node:net'

export interface RawMessage {
  readonly subject: string
  readonly payload: Uint8Array
  readonly msgId?: string
}

/** A broker that is frozen takes the bytes and says nothing. */
const ANSWER_WITHIN_MS = 30_000

/**
 * Publishes by the bare protocol, subjects included that a client library would refuse to send. The broker has taken
 * all of it when this resolves.
 */
export const publishRaw = async (natsUrl: string, messages: readonly RawMessage[]): Promise<void> => {
  const { hostname, port, username, password } = new URL(natsUrl)
  const socket = connect(Number(port), hostname)
  const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
  const answered = new Promise<void>((resolve, reject) => {
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      if (heard.includes('-ERR')) reject(new Error(`the broker refused: ${heard.slice(heard.indexOf('-ERR'))}`))
      if (heard.includes('PONG')) resolve()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the broker closed the connection')))
    socket.setTimeout(ANSWER_WITHIN_MS, () => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)))
  })
  socket.write(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, headers: true, ...credentials })}\r\n`)
  for (const { subject, payload, msgId } of messages) socket.write(frameOf(subject, payload, msgId))
  socket.write('PING\r\n')
  await answered.finally(() => socket.destroy())
}

const frameOf = (subject: string, payload: Uint8Array, msgId: string | undefined): Buffer => {
  const headers = msgId === undefined ? '' : `NATS/1.0\r\nNats-Msg-Id: ${msgId}\r\n\r\n`
  const verb = msgId === undefined ? `PUB ${subject}` : `HPUB ${subject} ${Buffer.byteLength(headers)}`
  const size = Buffer.byteLength(headers) + payload.length
  return Buffer.concat([Buffer.from(`${verb} ${size}\r\n${headers}`), payload, Buffer.from('\r\n')])
}

import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Publishes by the bare protocol, subjects included that a client library would refuse to send. The broker has taken
 * all of it when this resolves.
 */
export const publishRaw = async (
  natsUrl: string,
  messages: readonly { readonly subject: string; readonly payload: Uint8Array; readonly msgId?: string }[],
): Promise<void> => {
  const { hostname, port, username, password } = new URL(natsUrl)
  const socket = connect(Number(port), hostname)
  const credentials = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  socket.write(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, headers: true, ...credentials })}\r\n`)
  for (const { subject, payload, msgId } of messages) socket.write(frameOf(subject, payload, msgId))
  socket.write('PING\r\n')
  while (!heard.includes('PONG')) {
    if (heard.includes('-ERR')) throw new Error(`the broker refused: ${heard.slice(heard.indexOf('-ERR'))}`)
    await once(socket, 'data')
  }
  socket.destroy()
}

const frameOf = (subject: string, payload: Uint8Array, msgId: string | undefined): Buffer => {
  const headers = msgId === undefined ? '' : `NATS/1.0\r\nNats-Msg-Id: ${msgId}\r\n\r\n`
  const verb = msgId === undefined ? `PUB ${subject}` : `HPUB ${subject} ${Buffer.byteLength(headers)}`
  const size = Buffer.byteLength(headers) + payload.length
  return Buffer.concat([Buffer.from(`${verb} ${size}\r\n${headers}`), payload, Buffer.from('\r\n')])
}

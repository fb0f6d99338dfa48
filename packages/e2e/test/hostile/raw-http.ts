import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface RawRequest {
  readonly method?: string
  /** As it stands on the request line: nothing is encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Longer than every limit of the services on how slowly a request may come. */
const ANSWER_WITHIN_MS = 20_000

/** The bytes of a request, which a client with manners would refuse to send. */
export const bytesOf = ({ method = 'GET', path, headers = {}, body }: RawRequest): Buffer => {
  const payload = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body ?? [])
  const given = Object.entries({
    host: 'localhost',
    connection: 'close',
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(payload.length) }),
    ...headers,
  })
  const head = [`${method} ${path} HTTP/1.1`, ...given.map(([name, value]) => `${name}: ${value}`)]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), payload])
}

/** Sends bytes as they are and reads until the other side has said all. */
export const sendBytes = (url: string, bytes: Uint8Array): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('no answer in time')))
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (isWhole(Buffer.concat(chunks).toString('latin1'))) socket.end()
    })
    socket.on('error', (error) => {
      // A server that refuses a request before it was read whole closes under our feet, having answered.
      if (chunks.length === 0) reject(error)
    })
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      if (text === '') reject(new Error('the connection was closed without an answer'))
      else resolve(answerOf(text))
    })
  })

const END_OF_HEAD = '\r\n\r\n'

const isWhole = (text: string): boolean => {
  const end = text.indexOf(END_OF_HEAD)
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1]
  return end >= 0 && length !== undefined && text.length >= end + END_OF_HEAD.length + Number(length)
}

const answerOf = (text: string): RawAnswer => {
  const end = text.indexOf(END_OF_HEAD)
  const head = text.slice(0, end)
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    contentType: /^content-type: *(\S+?);?\s*$/im.exec(head)?.[1] ?? '',
    body: text.slice(end + END_OF_HEAD.length),
  }
}

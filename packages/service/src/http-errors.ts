import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { maxBodyBytes } from './http-input.ts'
import type { Logger } from './logging.ts'
import { isOutage } from './outage.ts'
import { Problem, problemBody, problemMediaType } from './problem.ts'
import type { ProblemCode } from './problem-catalogue.ts'

/**
 * On every answer: not sniffed, not framed, loading nothing from elsewhere, not kept by caches. No more than these, since
 * each header costs about a hundredth of a request; a page for people sets what it needs besides.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

const json: ProblemCode = 'malformed-json'
/** What Fastify and its plugins throw by themselves. Texts of our own: theirs may repeat what the caller sent. */
const byFrameworkCode: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', `A body may have at most ${maxBodyBytes} bytes.`],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send the body as content-type: application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed-request', 'The body is not as long as content-length says.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [json, 'The body does not parse as JSON, or names a prototype.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [json, 'The body is empty.'],
  FST_ERR_BAD_URL: ['malformed-url', 'The path has a percent-encoding that does not decode to UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: ['url-too-long', 'A part of the path is longer than any id.'],
}

const byStatus: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  404: ['not-found', 'There is nothing here.'],
  406: ['not-acceptable', 'No form that is accepted can be given.'],
  408: ['request-timeout', 'The request did not arrive in time.'],
  413: ['body-too-large', `A body may have at most ${maxBodyBytes} bytes.`],
  414: ['url-too-long', 'Shorten the URL.'],
  415: ['unsupported-media-type', 'Send the body as content-type: application/json.'],
  429: ['too-many-requests', 'Try again later.'],
  503: ['unavailable', 'Try again later.'],
}

/** Any error as the problem that the caller is told. What is not known becomes `internal-error`, without its text. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { code = '', statusCode = 500 } = (error instanceof Error ? error : {}) as Partial<FastifyError>
  const known = byFrameworkCode[code] ?? byStatus[statusCode]
  if (known !== undefined) return new Problem(known[0], { detail: known[1], cause: error })
  if (statusCode >= 400 && statusCode < 500) {
    return new Problem('malformed-request', { detail: 'The request cannot be read.', cause: error })
  }
  if (isOutage(error)) {
    const detail = 'What this service depends on cannot be reached. Ask again.'
    return new Problem('unavailable', { detail, headers: { 'retry-after': '2' }, cause: error })
  }
  const detail = 'The request was not completed because of a fault of the service; the log has it under the requestId.'
  return new Problem('internal-error', { detail, cause: error })
}

/** Answers with the problem, whatever the route has set up for its own answers. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  // Also on the paths on which no hook has run: a URL that does not decode, for example.
  if (!reply.hasHeader('x-request-id')) void reply.headers({ ...securityHeaders, 'x-request-id': request.id })
  void reply
    .code(problem.statusCode)
    .headers(problem.headers)
    .type(problemMediaType)
    .serializer((text: string) => text)
    .send(JSON.stringify(problemBody(problem, request.id)))
}

/** Logs faults of ours as errors, an outage as a warning, and faults of callers only for whoever looks for them. */
export function errorHandler(logger: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = problemOf(error)
    const fields = { requestId: request.id, method: request.method, route: request.routeOptions?.url }
    if (problem.code === 'unavailable')
      logger.warn({ ...fields, err: problem.cause ?? problem }, 'a request was in vain')
    else if (problem.statusCode >= 500) logger.error({ ...fields, err: problem.cause ?? problem }, 'a request failed')
    else logger.debug({ ...fields, problem: problem.code, detail: problem.detail }, 'a request was refused')
    sendProblem(request, reply, problem)
  }
}

const byParserCode: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'Shorten the headers or the URL.'],
}

/** The answer to bytes that never became a request: written to the socket by hand, since there is no reply to send. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [code, detail] = byParserCode[error.code ?? ''] ?? ['malformed-request', 'These bytes are not an HTTP request.']
  endWith(socket, new Problem(code, { detail }))
}

/** The answer to `CONNECT`, which is for proxies; without one Node ends the connection without a word. */
export function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  // Node has let go of this socket: a caller who resets it would otherwise end the process.
  socket.on('error', () => socket.destroy())
  endWith(socket, new Problem('method-not-allowed', { detail: 'This is no proxy.' }))
}

function endWith(socket: Duplex, problem: Problem): void {
  const body = JSON.stringify(problemBody(problem))
  const head = [
    `HTTP/1.1 ${problem.statusCode} ${STATUS_CODES[problem.statusCode]}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** HTTP 1.1 asks for a host, so that a request is never answered by the wrong one of several. */
export function missingHost({ httpVersion, headers }: IncomingMessage): Problem | undefined {
  if (httpVersion !== '1.1' || headers.host !== undefined) return undefined
  return new Problem('malformed-request', { detail: 'The request has no Host header.' })
}

/** The answer to `Expect` with anything but `100-continue`, which Node keeps from the routes. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const problem = new Problem('expectation-failed', { detail: 'Leave the header Expect out, or send 100-continue.' })
  const body = JSON.stringify(problemBody(problem))
  const head = { 'content-type': problemMediaType, 'content-length': Buffer.byteLength(body), connection: 'close' }
  response.writeHead(problem.statusCode, head).end(body)
}

import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Health } from './health.ts'
import { documentRoutes } from './http-documents.ts'
import { errorHandler, refuseConnection, securityHeaders, sendProblem } from './http-errors.ts'
import { acceptJsonOnly, compileValidator, maxBodyBytes } from './http-input.ts'
import { operationRoutes } from './http-operations.ts'
import { type KnownRoute, notFoundProblem } from './http-routes.ts'
import { type Logger, silentLogger } from './logging.ts'
import type { Metrics } from './metrics.ts'

/** The server of a service: Fastify, with zod schemas as the types of its routes. */
export type Http = ReturnType<typeof createServer>

export interface HttpLimits {
  /** A request must have arrived whole within this, head and body. */
  readonly requestTimeoutMs: number
  /** Its head must have arrived within this. */
  readonly headersTimeoutMs: number
  /** A connection without a request is closed after this. */
  readonly keepAliveTimeoutMs: number
  /** How often late connections are looked for; a limit above may be exceeded by this much. */
  readonly checkIntervalMs: number
  readonly maxConnections: number
}

const defaultLimits: HttpLimits = {
  requestTimeoutMs: 10_000,
  headersTimeoutMs: 5_000,
  // Longer than the idle time of usual load balancers' health checks, shorter than their own idle timeouts (60 s).
  keepAliveTimeoutMs: 30_000,
  checkIntervalMs: 1_000,
  maxConnections: 10_000,
}

export interface HttpOptions {
  /** Also the title of the OpenAPI document. */
  readonly service: string
  readonly version?: string
  readonly description?: string
  readonly metrics: Metrics
  readonly health: Health
  readonly logger?: Logger
  readonly limits?: Partial<HttpLimits>
}

/** Longer than any id (64), so that an id that is too long is told so by the schema; beyond this the URL itself is refused. */
const maxPathPartLength = 1024
/** How long, at most, a close waits for a connection on which nothing happens. */
const idleCheckMs = 50
/** An id that a caller or proxy gave the request is kept if it is fit to be logged and sent back. */
const requestIdForm = /^[A-Za-z0-9._:-]{1,64}$/

function requestIdOf(request: { headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && requestIdForm.test(given) ? given : randomUUID()
}

function createServer(logger: Logger, limits: HttpLimits) {
  const handleError = errorHandler(logger)
  const server = fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: { headersTimeout: limits.headersTimeoutMs, connectionsCheckingInterval: limits.checkIntervalMs },
    routerOptions: { maxParamLength: maxPathPartLength },
    genReqId: requestIdOf,
    // While stopping, a request on an open connection is still answered, and the connection then closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) =>
      handleError(error, request as unknown as FastifyRequest, reply as unknown as FastifyReply),
    clientErrorHandler: refuseConnection,
  })
  server.server.maxConnections = limits.maxConnections
  server.setErrorHandler(handleError)
  return server.withTypeProvider<ZodTypeProvider>()
}

/** Counts and times every answer; the labels of a route are looked up once, not for every request. */
function measure(http: FastifyInstance, { httpRequests, httpSeconds }: Metrics, logger: Logger): void {
  const durations = new Map<string, { observe(seconds: number): void }>()
  const counts = new Map<string, { inc(): void }>()
  http.addHook('onResponse', (request, reply, done) => {
    const { method } = request
    // The pattern, not the URL: one series a route. Requests for no route share one.
    const route = request.routeOptions.url ?? 'none'
    const key = `${method} ${route}`
    let duration = durations.get(key)
    if (duration === undefined) {
      duration = httpSeconds.labels({ route, method })
      durations.set(key, duration)
    }
    const countKey = `${key} ${reply.statusCode}`
    let count = counts.get(countKey)
    if (count === undefined) {
      count = httpRequests.labels({ route, method, status: String(reply.statusCode) })
      counts.set(countKey, count)
    }
    count.inc()
    duration.observe(reply.elapsedTime / 1000)
    logger.debug({ requestId: request.id, method, route, status: reply.statusCode }, 'a request was answered')
    done()
  })
}

/**
 * Without this a connection that was in use when the close began stays open, idle, until its keep-alive ends, and the
 * close waits for it.
 */
function closeIdleWhileClosing(http: FastifyInstance): void {
  let timer: NodeJS.Timeout | undefined
  http.addHook('preClose', (done) => {
    timer = setInterval(() => http.server.closeIdleConnections(), idleCheckMs)
    done()
  })
  http.addHook('onClose', (_http, done) => {
    clearInterval(timer)
    done()
  })
}

/**
 * A server that refuses what is not well-formed before a route sees it and answers every error as a problem (RFC 9457);
 * it has /livez, /readyz, /metrics, /openapi.json and /docs. Add routes, with strict zod schemas, then `listen`.
 *
 * Guarantees for a route: its body, query, path and headers are as its schemas say; no string holds control characters or
 * lone surrogates, no number is beyond 2^53-1; a thrown `Problem` is the answer, any other error a 500 without its text.
 */
export async function buildHttp(options: HttpOptions): Promise<Http> {
  const { metrics, health, logger = silentLogger } = options
  const http = createServer(logger, { ...defaultLimits, ...options.limits })
  const routes: KnownRoute[] = []

  http.setValidatorCompiler(compileValidator)
  http.setSerializerCompiler(serializerCompiler)
  acceptJsonOnly(http)
  http.addHook('onRoute', ({ method, url }) => {
    routes.push({ methods: [method].flat(), url })
  })
  http.addHook('onRequest', (request, reply, done) => {
    void reply.headers(securityHeaders).header('x-request-id', request.id)
    done()
  })
  measure(http, metrics, logger)
  closeIdleWhileClosing(http)
  http.setNotFoundHandler((request, reply) => sendProblem(request, reply, notFoundProblem(routes, request)))

  await documentRoutes(http, options)
  operationRoutes(http, { metrics, health })
  return http
}

/**
 * Starts to listen and answers the URL.
 *
 * @throws {Error} that names the address and the fix, when it is taken or not of this machine.
 */
export async function listen(
  http: Http,
  { httpHost, httpPort }: { httpHost: string; httpPort: number },
): Promise<string> {
  try {
    return await http.listen({ host: httpHost, port: httpPort })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const where = `${httpHost}:${httpPort}`
    if (code === 'EADDRINUSE') {
      throw new Error(`Another process listens on ${where}: end it, or choose another port.`, { cause: error })
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new Error(`${httpHost} is no address of this machine: mend HTTP_HOST.`, { cause: error })
    }
    throw error
  }
}

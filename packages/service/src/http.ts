import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  type onResponseHookHandler,
} from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Health } from './health.ts'
import { documentRoutes } from './http-documents.ts'
import {
  errorHandler,
  missingHost,
  problemOf,
  refuseConnection,
  refuseExpectation,
  refuseTunnel,
  securityHeaders,
  sendProblem,
} from './http-errors.ts'
import { acceptJsonOnly, compileValidator, maxBodyBytes, refuseUnaskedBodies } from './http-input.ts'
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

function createServer(logger: Logger, metrics: Metrics, limits: HttpLimits) {
  const handleError = errorHandler(logger)
  const server = fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      // Node itself refuses a request without a host with an empty answer; ours says why.
      requireHostHeader: false,
    },
    routerOptions: { maxParamLength: maxPathPartLength },
    genReqId: requestIdOf,
    // While stopping, a request on an open connection is still answered, and the connection then closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => {
      countUnrouted(metrics, request.method, problemOf(error).statusCode)
      handleError(error, request as unknown as FastifyRequest, reply as unknown as FastifyReply)
    },
    clientErrorHandler: refuseConnection,
  })
  server.server.maxConnections = limits.maxConnections
  server.server.on('checkExpectation', refuseExpectation)
  server.server.on('connect', refuseTunnel)
  server.setErrorHandler(handleError)
  return server.withTypeProvider<ZodTypeProvider>()
}

/** Counts and times the answers of each route. Hooks of the route itself, so that nothing is looked up by its name. */
function measure(http: FastifyInstance, { httpRequests, httpSeconds }: Metrics, logger: Logger): void {
  http.addHook('onRoute', (route) => {
    const { url, onResponse = [] } = route
    const series = new Map<string, { count: { inc: () => void }; duration: { observe: (seconds: number) => void } }>()
    const hook: onResponseHookHandler = ({ method, id }, { statusCode, elapsedTime }, done) => {
      const key = `${method} ${statusCode}`
      let one = series.get(key)
      if (one === undefined) {
        const count = httpRequests.labels({ route: url, method, status: String(statusCode) })
        one = { count, duration: httpSeconds.labels({ route: url, method }) }
        series.set(key, one)
      }
      one.count.inc()
      one.duration.observe(elapsedTime / 1000)
      logger.debug({ requestId: id, method, route: url, status: statusCode, elapsedMs: elapsedTime }, 'answered')
      done()
    }
    route.onResponse = [hook, onResponse].flat()
  })
}

/** Requests for no route share one series: their URLs are whatever strangers think of. */
function countUnrouted({ httpRequests }: Metrics, method: string, status: number): void {
  httpRequests.inc({ route: 'none', method, status: String(status) })
}

/**
 * Without this a connection that was in use when the close began stays open, idle, until its keep-alive ends, and the
 * close waits for it; and so does one on which nothing was ever asked, which Node does not count as idle. Clients and load
 * balancers open those ahead: each restart would take until the limit for a request's head.
 */
function closeIdleWhileClosing(http: FastifyInstance): void {
  let timer: NodeJS.Timeout | undefined
  const open = new Set<Socket>()
  http.server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  const closeIdle = (): void => {
    http.server.closeIdleConnections()
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }
  http.addHook('preClose', (done) => {
    timer = setInterval(closeIdle, idleCheckMs)
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
  const http = createServer(logger, metrics, { ...defaultLimits, ...options.limits })
  const routes: KnownRoute[] = []

  http.setValidatorCompiler(compileValidator)
  http.setSerializerCompiler(serializerCompiler)
  acceptJsonOnly(http)
  refuseUnaskedBodies(http)
  http.addHook('onRoute', ({ method, url }) => {
    routes.push({ methods: [method].flat(), url })
  })
  http.addHook('onRequest', (request, reply, done) => {
    void reply.headers(securityHeaders).header('x-request-id', request.id)
    done(missingHost(request.raw))
  })
  measure(http, metrics, logger)
  closeIdleWhileClosing(http)
  http.setNotFoundHandler((request, reply) => {
    const problem = notFoundProblem(routes, request)
    countUnrouted(metrics, request.method, problem.statusCode)
    sendProblem(request, reply, problem)
  })

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

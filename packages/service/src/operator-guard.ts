import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { isLoopback } from './loopback.ts'
import { Problem } from './problem.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Digests have one length, so that neither the length nor the place of the first difference shows in the time it takes. */
function isSame(given: string, expected: Buffer): boolean {
  return timingSafeEqual(digest(given), expected)
}

function tokenProblem(request: FastifyRequest, expected: Buffer): Problem | undefined {
  const [, given] = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (given !== undefined && isSame(given, expected)) return undefined
  const detail =
    given === undefined ? 'Send Authorization: Bearer <OPERATOR_TOKEN>.' : 'The token is not the right one.'
  const challenge = given === undefined ? 'Bearer realm="skald"' : 'Bearer realm="skald", error="invalid_token"'
  return new Problem('unauthorized', { detail, headers: { 'www-authenticate': challenge } })
}

function hostName(host: string | undefined): string | undefined {
  return host === undefined ? undefined : URL.parse(`http://${host}`)?.hostname
}

/**
 * Without a token the only proof is where the request comes from. The address of the connection is not enough: a proxy on
 * this machine, or a web page in a browser on it (by its own name that resolves to 127.0.0.1), connects from loopback too.
 */
function loopbackProblem(request: FastifyRequest): Problem | undefined {
  const { headers, socket } = request
  const isForwarded = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined
  const host = hostName(headers.host)
  const isSameOrigin = headers.origin === undefined || URL.parse(headers.origin)?.host === headers.host
  const isHere = (name: string | undefined) => name !== undefined && name !== '' && isLoopback(name)
  if (isHere(socket.remoteAddress) && isHere(host) && isSameOrigin && !isForwarded) return undefined
  const detail =
    'Without OPERATOR_TOKEN this is allowed from the machine of the service only; set one to allow it from elsewhere.'
  return new Problem('forbidden', { detail })
}

/**
 * A hook for routes that change what the system does by itself: `onRequest: operatorGuard(config.operatorToken)`. It runs
 * before the body is read. With a token: that bearer token from anywhere. Without: this machine only.
 */
export function operatorGuard(token: string | undefined): onRequestHookHandler {
  const expected = token === undefined ? undefined : digest(token)
  return (request, _reply, done) => {
    done(expected === undefined ? loopbackProblem(request) : tokenProblem(request, expected))
  }
}

import type { Urls } from '@skald/e2e'
import type { HostileRequest } from './http-request.ts'

/* Bytes that are no request, or not one: every service must answer them, or close, and go on. */

const MALFORMED = '400 malformed-request'

const wire: readonly (readonly [what: string, text: string, answer?: string])[] = [
  ['no request at all', 'hello\r\n\r\n'],
  ['a method that is none', 'STEAL /livez HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['a version that is none', 'GET /livez HTTP/9.9\r\nhost: a\r\n\r\n'],
  ['no host', 'GET /livez HTTP/1.1\r\n\r\n'],
  [
    'an expectation that nobody meets',
    'GET /livez HTTP/1.1\r\nhost: a\r\nexpect: 200-ok\r\n\r\n',
    '417 expectation-failed',
  ],
  [
    'two lengths',
    'POST /livez HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}',
  ],
  [
    'a length and chunks',
    'POST /livez HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a negative length', 'POST /livez HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n'],
  ['a tunnel', 'CONNECT elsewhere:443 HTTP/1.1\r\nhost: a\r\n\r\n', '405 method-not-allowed'],
  ['a trace', 'TRACE /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', '405 method-not-allowed'],
  ['the preface of HTTP 2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a path without its slash', 'GET livez HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['the server as a whole', 'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', '404 not-found'],
  ['a header without a name', 'GET /livez HTTP/1.1\r\nhost: a\r\n: value\r\n\r\n'],
  ['a folded header', 'GET /livez HTTP/1.1\r\nhost: a\r\nx-any: a\r\n b\r\n\r\n'],
  ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
  [
    '2,000 headers',
    `GET /livez HTTP/1.1\r\nhost: a\r\n${'x: 12345678\r\n'.repeat(2_000)}\r\n`,
    '431 headers-too-large',
  ],
  ['a URL of 20,000 characters', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, '431 headers-too-large'],
]

const services: readonly (keyof Urls)[] = ['order', 'payment', 'inventory', 'coordinator']

export const wireHttp: readonly HostileRequest[] = services.flatMap((to) =>
  wire.map(([what, text, answer = MALFORMED]) => ({
    what: `the wire of ${to}: ${what}`,
    to,
    send: () => Buffer.from(text, 'latin1'),
    answer,
  })),
)

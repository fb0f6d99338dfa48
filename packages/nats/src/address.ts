import { refused } from './bus-error.ts'

/** Where and as whom to connect; the credentials are kept apart from the servers, so that servers can be logged. */
export interface Address {
  readonly servers: readonly string[]
  readonly tls: boolean
  readonly user?: string
  readonly password?: string
  readonly token?: string
}

/**
 * Reads `nats://user:password@host:port`; several servers of one cluster are separated by commas and share the
 * credentials of the first. `tls://` demands TLS. Throws a BusError that never repeats the URL: it may hold a password.
 */
export const parseAddress = (url: string): Address => {
  const parts = url.split(',').map((part) => parseOne(part.trim()))
  const [first] = parts
  if (!first) throw refused('the NATS URL is empty; give one like nats://127.0.0.1:4222')
  const { username, password } = first
  return {
    servers: parts.map(({ hostname, port }) => `${hostname}:${port || '4222'}`),
    tls: parts.some(({ protocol }) => protocol === 'tls:'),
    ...credentials(decodeURIComponent(username), decodeURIComponent(password)),
  }
}

const credentials = (user: string, password: string) => {
  if (user === '') return {}
  return password === '' ? { token: user } : { user, password }
}

const parseOne = (part: string): URL => {
  const url = URL.parse(part.includes('://') ? part : `nats://${part}`)
  if (!url || url.hostname === '') throw refused('a NATS URL does not parse; give one like nats://127.0.0.1:4222')
  if (url.protocol !== 'nats:' && url.protocol !== 'tls:') {
    throw refused(`a NATS URL starts with nats:// or tls://, not ${url.protocol}//`)
  }
  return url
}

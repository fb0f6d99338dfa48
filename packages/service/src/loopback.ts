import { isIP } from 'node:net'

/** True when what is sent to this host does not leave the machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:/i, '')
  return bare === 'localhost' || bare === '' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

/** What is wrong with talking to this URL, if anything. */
export function plaintextWarning(name: string, url: string, encrypted: boolean): string[] {
  const host = URL.parse(url)?.hostname ?? ''
  if (encrypted || isLoopback(host)) return []
  return [`${name} talks to ${host} without encryption: everybody on the way can read and change what is sent.`]
}

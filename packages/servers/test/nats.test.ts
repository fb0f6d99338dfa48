import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findNatsServer, isAlive, type NatsOptions, type RunningNats, startNats } from '../src/index.ts'
import { natsConfig, parseNatsVersion } from '../src/nats-config.ts'
import { testFolder } from './folder.ts'

const users = [
  { user: 'admin', password: 'open sesame' },
  { user: 'reader', password: 'r', permissions: { subscribe: ['order.>'] } },
]

async function start(dir: string, more: Partial<NatsOptions> = {}): Promise<RunningNats> {
  const program = await findNatsServer({ binDir: join(dir, 'bin'), log: () => undefined })
  const server = await startNats({ program, dir: join(dir, 'nats'), logFile: join(dir, 'nats.log'), users, ...more })
  onTestFinished(() => server.stop())
  return server
}

/** What a server answers to a client that logs in this way: "PONG", or an error. */
function logIn(port: number, credentials: object): Promise<string> {
  return new Promise((done, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let said = ''
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      const first = said === ''
      said += chunk.toString()
      if (first) socket.write(`CONNECT ${JSON.stringify({ verbose: false, ...credentials })}\r\nPING\r\n`)
      const answer = /PONG|-ERR .*/.exec(said)
      if (!answer) return
      socket.destroy()
      done(answer[0])
    })
  })
}

test('lets in the users it was given and nobody else', async () => {
  const { port, url } = await start(testFolder())
  expect(await logIn(port, { user: 'admin', pass: 'open sesame' })).toBe('PONG')
  expect(await logIn(port, { user: 'admin', pass: 'guess' })).toMatch(/Authorization/)
  expect(await logIn(port, {})).toMatch(/Authorization/)
  expect(url('admin')).toBe(`nats://admin:open%20sesame@127.0.0.1:${port}`)
  expect(() => url('stranger')).toThrow(/it has admin, reader/)
})

test('ends the server that a killed predecessor left on the same store', async () => {
  const dir = testFolder()
  const left = await start(dir)
  const next = await start(dir)
  expect(isAlive(left.pid)).toBe(false)
  expect(await logIn(next.port, { user: 'admin', pass: 'open sesame' })).toBe('PONG')
})

test('keeps passwords in files that only their owner may read', async () => {
  const dir = testFolder()
  await start(dir)
  expect(readFileSync(join(dir, 'nats', 'nats.conf'), 'utf8')).toContain('open sesame')
  expect(statSync(join(dir, 'nats', 'nats.conf')).mode & 0o077).toBe(0)
})

test('leaves nothing of a throw-away server', async () => {
  const dir = testFolder()
  const server = await start(dir, { throwAway: true })
  await server.stop()
  expect(existsSync(join(dir, 'nats'))).toBe(false)
})

test('forces every message to disk only where the server knows the option', () => {
  const config = (version: string) =>
    natsConfig({ port: 1, storeDir: '/s', users: [], version: parseNatsVersion(version), durable: true })
  expect(config('nats-server: v2.9.10')).not.toContain('sync_interval')
  expect(config('nats-server: v2.10.0')).toContain('"sync_interval": "always"')
  expect(config('nats-server: v2.14.5')).toContain('"sync_interval": "always"')
})

test('refuses to read a version out of anything else', () => {
  expect(() => parseNatsVersion('command not found')).toThrow(/not the version/)
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, ensureTopology, orderTopology } from '@skald/nats'
import { findNatsServer, freePort, startChild } from '@skald/servers'
import { connect as connectAs } from 'nats'
import { expect, onTestFinished, test } from 'vitest'
import { repository } from './environment/repository.ts'
import { passwordVariable } from './generate-nats-conf.ts'

/** Runs a real server on infra/nats/nats.conf, changed only where it speaks of the container. */
async function startOnConf(): Promise<{ url: (user: string) => string }> {
  const dir = mkdtempSync(join(tmpdir(), 'skald-nats-conf-'))
  const program = await findNatsServer({ binDir: join(dir, 'bin'), log: () => undefined })
  const port = await freePort()
  const isOld = /v2\.[0-9]\./.test(execFileSync(program, ['--version'], { encoding: 'utf8' }))
  const conf = readFileSync(join(repository, 'infra', 'nats', 'nats.conf'), 'utf8')
    .replace('listen: 0.0.0.0:4222', `listen: 127.0.0.1:${port}`)
    .replace('http: 0.0.0.0:8222', '')
    .replace('store_dir: /data', `store_dir: ${JSON.stringify(join(dir, 'store'))}`)
    .replace('sync_interval: always', isOld ? '' : 'sync_interval: always')
  writeFileSync(join(dir, 'nats.conf'), conf)
  const users = ['admin', ...orderTopology().services.map(({ name }) => name)]
  const variableOf = (user: string) => (user === 'admin' ? 'NATS_ADMIN_PASSWORD' : passwordVariable(user))
  const server = await startChild({
    command: program,
    args: ['-c', join(dir, 'nats.conf')],
    cwd: '/',
    env: Object.fromEntries(users.map((user) => [variableOf(user), `p-${user}`])),
    logFile: join(dir, 'nats.log'),
    stopSteps: [['SIGTERM', 10_000]],
  })
  onTestFinished(async () => {
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  return { url: (user) => `nats://${user}:p-${user}@127.0.0.1:${port}` }
}

test('a real server takes nats.conf, lets each service say its own and refuses what is not', async () => {
  const { url } = await startOnConf()
  const admin = await connect({ url: url('admin'), name: 'admin', report: () => undefined })
  onTestFinished(() => admin.close())
  await expect.poll(() => admin.isUp()).toBe(true)
  await ensureTopology(admin, orderTopology())

  const servers = new URL(url('')).host
  const credentials = { user: 'order-service', pass: 'p-order-service' }
  const service = await connectAs({ servers, ...credentials, inboxPrefix: '_INBOX_order-service' })
  onTestFinished(() => service.close())
  const stored = await service.request('order.created.v1', '{}', { timeout: 5_000 })
  expect(stored.json()).toMatchObject({ stream: 'EVENTS' })
  const refused = /permissions violation/i
  await expect(service.request('payment.confirmed.v1', '{}', { timeout: 5_000 })).rejects.toThrow(refused)
  await expect(service.request('$JS.API.STREAM.DELETE.EVENTS', '', { timeout: 5_000 })).rejects.toThrow(refused)
  await expect(connectAs({ servers, ...credentials, pass: 'guess' })).rejects.toThrow(/authorization/i)
})

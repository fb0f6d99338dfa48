import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@skald/servers'
import { expect, it, onTestFinished } from 'vitest'

interface Ended {
  readonly code: unknown
  readonly output: string
}

/** Runs `dev` on servers that are given to it, where nobody listens: it starts none and ends by itself. */
const dev = async (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> => {
  const home = mkdtempSync(join(tmpdir(), 'skald-dev-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const ports = ['ORDER_PORT', 'PAYMENT_PORT', 'INVENTORY_PORT', 'COORDINATOR_PORT'] as const
  const own = await Promise.all(ports.map(async (name) => [name, String(await freePort())] as const))
  const options = {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      SKALD_HOME: home,
      NATS_URL: 'nats://127.0.0.1:1',
      DATABASE_URL: 'postgresql://user:canary@127.0.0.1:1/any',
      ...Object.fromEntries(own),
      ...env,
    },
    timeout: 25_000,
  }
  const program = ['--conditions=@skald/source', join('scripts', 'dev.ts'), ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, program, options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    )
  })
}

it('dev that cannot reach a given PostgreSQL says where, why and what to do, without the password', async () => {
  const { code, output } = await dev({})

  expect(code).toBe(1)
  expect(output).toMatch(
    /database \w+_db at 127\.0\.0\.1:1 cannot be prepared \(.*ECONNREFUSED.*\): start that server, mend DATABASE_URL or \w+_DATABASE_URL, or/,
  )
  expect(output).not.toContain('canary')
})

it('dev names a variable that looks like ours and that nothing reads', async () => {
  const { output } = await dev({ SAGA_STEP_TIMEOUT: '5000' })

  expect(output).toContain('SAGA_STEP_TIMEOUT is set, but nothing reads it; .env.example has every variable')
})

it('dev tells a slip in the arguments and in the configuration in a few lines', async () => {
  expect(await dev({}, '--all-in-on')).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^Unknown option/) as string,
  })
  expect(await dev({ ORDER_PORT: 'x', LOG_LEVEL: 'loud' })).toMatchObject({
    code: 78,
    output: expect.stringMatching(/^The configuration has 2 faults:\n {2}LOG_LEVEL .*\n {2}ORDER_PORT /) as string,
  })
})

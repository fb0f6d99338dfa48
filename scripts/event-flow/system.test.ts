import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

/** A port on which another program listens until the test is over. */
const takenPort = async (): Promise<number> => {
  const server = createServer((socket) => socket.destroy())
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

it('./scripts/test-event-flow that cannot start the system says why, and leaves stdout to the result', async () => {
  const home = mkdtempSync(join(tmpdir(), 'skald-event-flow-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const port = await takenPort()
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], SKALD_HOME: home, ORDER_PORT: String(port) }
  const ended = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(join('scripts', 'test-event-flow'), ['--json'], { env, timeout: 25_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })

  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain('no running system found: starting one with ./scripts/dev')
  expect(ended.stderr).toContain(`port ${port} of order-service: set ORDER_PORT to a free one`)
})

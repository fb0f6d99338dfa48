import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@skald/servers'
import { expect, onTestFinished, test } from 'vitest'
import { openRemembered } from './remembered.ts'

function file(): string {
  const dir = mkdtempSync(join(tmpdir(), 'skald-remembered-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, 'embedded.json')
}

async function occupy(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())))
  return server
}

test('the port and the passwords of last time are used again', async () => {
  const path = file()
  const first = openRemembered(path)
  const port = await first.port('nats', 'NATS_PORT', undefined)
  const password = first.password('nats admin')
  expect(password).toMatch(/^[0-9a-f]{48}$/)

  const second = openRemembered(path)
  expect(await second.port('nats', 'NATS_PORT', undefined)).toBe(port)
  expect(second.password('nats admin')).toBe(password)
  expect(second.password('nats order-service')).not.toBe(password)
})

test('another port is taken when the one of last time is taken, but never for one that was asked for', async () => {
  const memory = openRemembered(file())
  const port = await memory.port('postgres', 'POSTGRES_PORT', undefined)
  await occupy(port)
  expect(await memory.port('postgres', 'POSTGRES_PORT', undefined)).not.toBe(port)
  await expect(memory.port('postgres', 'POSTGRES_PORT', port)).rejects.toThrow(/POSTGRES_PORT.*taken/)
})

test('a port that was asked for is remembered', async () => {
  const path = file()
  const asked = await freePort()
  expect(await openRemembered(path).port('nats', 'NATS_PORT', asked)).toBe(asked)
  expect(await openRemembered(path).port('nats', 'NATS_PORT', undefined)).toBe(asked)
})

test('passwords lie in a file that only its owner may read', () => {
  const path = file()
  openRemembered(path).password('postgres')
  expect(statSync(path).mode & 0o077).toBe(0)
})

test('a file that was damaged is named', () => {
  const path = file()
  writeFileSync(path, '{ "ports":')
  expect(() => openRemembered(path)).toThrow(/embedded\.json is not valid JSON/)
})

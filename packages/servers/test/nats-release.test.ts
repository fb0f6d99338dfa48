import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fetchRelease, NATS_RELEASE, releasePlatform } from '../src/nats-release.ts'
import { testFolder } from './folder.ts'

/** An archive of the same shape as the real ones, and a download that serves it. */
function published(platform: string, checksumOf: (archive: Buffer) => string) {
  const dir = testFolder()
  const name = `nats-server-v${NATS_RELEASE}-${platform}`
  mkdirSync(join(dir, name))
  writeFileSync(join(dir, name, 'nats-server'), '#!/bin/sh\necho nats-server: v0.0.0\n')
  writeFileSync(join(dir, name, 'LICENSE'), '')
  execFileSync('tar', ['-czf', 'archive.tar.gz', name], { cwd: dir })
  const archive = readFileSync(join(dir, 'archive.tar.gz'))
  const list = Buffer.from(`${'0'.repeat(64)}  another.tar.gz\n${checksumOf(archive)}  ${name}.tar.gz\n`)
  return (url: string) => Promise.resolve(url.endsWith('SHA256SUMS') ? list : archive)
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('unpacks a release that matches its published checksum, and nothing else of the archive', async () => {
  const binDir = join(testFolder(), 'bin')
  const program = await fetchRelease(binDir, 'darwin-arm64', published('darwin-arm64', sha256))
  expect(execFileSync(program, { encoding: 'utf8' })).toContain('nats-server')
  expect(readdirSync(binDir)).toEqual(['nats-server'])
})

test('refuses a release that differs from its published checksum', async () => {
  const download = published('darwin-arm64', () => 'a'.repeat(64))
  await expect(fetchRelease(testFolder(), 'darwin-arm64', download)).rejects.toThrow(/expected a{64}: not used/)
})

test('refuses an archive that differs from the pinned checksum, whatever is published beside it', async () => {
  await expect(fetchRelease(testFolder(), 'linux-amd64', published('linux-amd64', sha256))).rejects.toThrow(/not used/)
})

test('refuses a release for which no checksum is published', async () => {
  const download = published('freebsd-amd64', () => 'none')
  await expect(fetchRelease(testFolder(), 'freebsd-amd64', download)).rejects.toThrow(/no checksum/)
})

test('names platforms as the release does', () => {
  expect(releasePlatform('linux', 'x64')).toBe('linux-amd64')
  expect(releasePlatform('darwin', 'arm64')).toBe('darwin-arm64')
})

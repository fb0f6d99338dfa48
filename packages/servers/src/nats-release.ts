import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The release that is fetched where no package manager offers nats-server. */
export const NATS_RELEASE = '2.14.5'
const BASE_URL = `https://github.com/nats-io/nats-server/releases/download/v${NATS_RELEASE}`
const DOWNLOAD_WITHIN_MS = 120_000

/**
 * SHA-256 of the archives, as the project's own container images pin them. An archive without an entry is held against
 * the checksum list published beside it: that finds a broken download, but not a replaced release.
 */
const SHA256: Readonly<Record<string, string>> = {
  'linux-amd64': '5e3b603d47c447bda1f77f9ac16dbf91c90aac4ff3681f8fbbc7201e4ed99355',
  'linux-arm64': '673a98d3faa79dde3f9ebf16d6dfac36a5f694e7ad2015e4954dd7939c85cd4c',
}

export type Download = (url: string) => Promise<Uint8Array>

/** Fetches nats-server into the folder and returns its path. Throws when it cannot be had or is not what was expected. */
export async function fetchRelease(binDir: string, platform: string, download: Download = get): Promise<string> {
  const name = `nats-server-v${NATS_RELEASE}-${platform}.tar.gz`
  const archive = await download(`${BASE_URL}/${name}`)
  const expected = SHA256[platform] ?? listedChecksum(await download(`${BASE_URL}/SHA256SUMS`), name)
  const actual = createHash('sha256').update(archive).digest('hex')
  if (actual !== expected) throw new Error(`${name} has SHA-256 ${actual}, expected ${expected}: not used`)
  return unpack(archive, binDir)
}

/** The platform's name in the names of the release's archives. */
export function releasePlatform(platform: string, arch: string): string {
  return `${platform}-${{ x64: 'amd64', ia32: '386' }[arch] ?? arch}`
}

function listedChecksum(list: Uint8Array, name: string): string {
  const line = Buffer.from(list)
    .toString('utf8')
    .split('\n')
    .find((entry) => entry.trim().endsWith(` ${name}`))
  const checksum = line?.trim().split(/\s+/)[0]
  if (checksum === undefined || !/^[0-9a-f]{64}$/.test(checksum))
    throw new Error(`no checksum is published for ${name}`)
  return checksum
}

function unpack(archive: Uint8Array, binDir: string): string {
  mkdirSync(binDir, { recursive: true })
  const draft = mkdtempSync(join(binDir, 'new-'))
  try {
    const file = join(draft, 'nats-server.tar.gz')
    writeFileSync(file, archive)
    execFileSync('tar', ['-xzf', file, '-C', draft, '--strip-components=1'], { stdio: 'pipe' })
    const program = join(binDir, 'nats-server')
    chmodSync(join(draft, 'nats-server'), 0o755)
    renameSync(join(draft, 'nats-server'), program)
    return program
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function get(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_WITHIN_MS) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

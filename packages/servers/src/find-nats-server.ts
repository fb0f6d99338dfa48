import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { fetchRelease, NATS_RELEASE, releasePlatform } from './nats-release.ts'

export type FindOptions = {
  /** Where a fetched program is kept. */
  readonly binDir: string
  /** Told what is about to happen: installing takes seconds and changes the machine. */
  readonly log: (line: string) => void
}

// Where package managers put it; an ordinary user's PATH often lacks the system folders.
const USUAL_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin']
const INSTALL_WITHIN_MS = 300_000

/** Finds nats-server, or installs or fetches it. Throws with what was tried and what would help. */
export async function findNatsServer({ binDir, log }: FindOptions): Promise<string> {
  const found = findInstalled(binDir)
  if (found !== undefined) return found
  const failures: string[] = []
  for (const way of waysToInstall(binDir)) {
    log(way.title)
    try {
      await way.install()
      const installed = findInstalled(binDir)
      if (installed !== undefined) return installed
      failures.push(`${way.title}: it ended without an error, but there is no nats-server`)
    } catch (error) {
      failures.push(`${way.title}: ${reason(error)}`)
    }
  }
  throw new Error(
    [
      'nats-server was neither found nor could it be installed.',
      ...failures.map((failure) => `  tried: ${failure}`),
      '  Install nats-server 2.9.10 or newer so that it is on the PATH, or set NATS_URL to a running server with JetStream.',
    ].join('\n'),
  )
}

type Way = { readonly title: string; readonly install: () => Promise<void> }

function waysToInstall(binDir: string): Way[] {
  const ways: Way[] = []
  if (process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get') !== undefined) {
    ways.push({ title: 'installing nats-server with apt-get', install: installWithApt })
  }
  if (process.platform === 'darwin' && onPath('brew') !== undefined) {
    ways.push({ title: 'installing nats-server with brew', install: () => run('brew', ['install', 'nats-server']) })
  }
  const platform = releasePlatform(process.platform, process.arch)
  ways.push({
    title: `fetching the release ${NATS_RELEASE} of nats-server for ${platform}`,
    install: async () => {
      await fetchRelease(binDir, platform)
    },
  })
  return ways
}

async function installWithApt(): Promise<void> {
  const quiet = ['-o', 'Acquire::Retries=3', '-qq']
  await run('apt-get', [...quiet, 'update'])
  await run('apt-get', [...quiet, 'install', '-y', '--no-install-recommends', 'nats-server'])
  // The package starts a server for everybody on a machine with systemd; we start our own and leave none behind.
  if (existsSync('/run/systemd/system')) {
    try {
      await run('systemctl', ['disable', '--now', 'nats-server'])
    } catch {
      // Not every version of the package has the unit; ours takes another port in any case.
    }
  }
}

function findInstalled(binDir: string): string | undefined {
  return onPath('nats-server', [...USUAL_FOLDERS, binDir])
}

function onPath(program: string, more: readonly string[] = []): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...folders, ...more].map((folder) => join(folder, program)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function run(program: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, [...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', HOMEBREW_NO_AUTO_UPDATE: '1' },
    timeout: INSTALL_WITHIN_MS,
  })
}

function reason(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
  const text = said || (error instanceof Error ? `${error.message} ${cause}` : String(error))
  return text.trim().split('\n').slice(-2).join(' ').slice(0, 300)
}

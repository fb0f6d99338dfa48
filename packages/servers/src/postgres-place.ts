import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { SystemUser } from './child.ts'

/**
 * Where PostgreSQL runs. It refuses to run as root, so as root we hand it to an account without rights; and that account
 * may be unable to enter the folder we were given (a checkout under /root, say). Then binaries and data live in a folder
 * that it can enter, whose name is derived from the wanted one, so that the next start finds it again.
 */
export type PostgresPlace = {
  readonly dir: string
  readonly cluster: string
  readonly binDir: string
  readonly user: SystemUser | undefined
}

export type PlaceRequest = {
  readonly dir: string
  readonly root: boolean
  readonly fallbackParents?: readonly string[]
}

/** "nobody" on Linux and its traditional number elsewhere. */
const NOBODY: SystemUser = { uid: 65534, gid: 65534 }
const FALLBACK_PARENTS = ['/var/lib', '/var/tmp', '/tmp']

export function findPlace(
  { dir, root, fallbackParents = FALLBACK_PARENTS }: PlaceRequest,
  packaged: string,
): PostgresPlace {
  const wanted = resolve(dir)
  if (!root) {
    makeFolder(wanted)
    return {
      dir: wanted,
      cluster: clusterIn(wanted),
      binDir: findBinaries(packaged, wanted, undefined),
      user: undefined,
    }
  }
  const name = `skald-${createHash('sha256').update(wanted).digest('hex').slice(0, 16)}`
  const candidates = [wanted, ...fallbackParents.map((parent) => join(parent, name))]
  const used = candidates.find((candidate) => existsSync(join(clusterIn(candidate), 'PG_VERSION')))
  for (const candidate of used === undefined ? candidates : [used]) {
    const user = ownerOf(candidate) ?? NOBODY
    if (!takeFolder(candidate, user, candidate !== wanted)) continue
    return { dir: candidate, cluster: clusterIn(candidate), binDir: findBinaries(packaged, candidate, user), user }
  }
  throw new Error(
    used === undefined
      ? `PostgreSQL does not run as root, and user ${NOBODY.uid} can enter none of ${candidates.join(', ')}`
      : `the database in ${used} cannot be entered by user ${NOBODY.uid}; let others enter its parent folders (chmod o+x)`,
  )
}

function clusterIn(dir: string): string {
  return join(dir, 'cluster')
}

/** A database that an ordinary user made stays that user's when root starts it. */
function ownerOf(dir: string): SystemUser | undefined {
  if (!existsSync(clusterIn(dir))) return undefined
  const { uid, gid } = lstatSync(clusterIn(dir))
  return uid === 0 ? undefined : { uid, gid }
}

function makeFolder(dir: string): void {
  mkdirSync(dirname(dir), { recursive: true })
  mkdirSync(dir, { recursive: true, mode: 0o700 })
}

/** Makes the folder and gives it to the user; false when the user cannot enter it even then. */
function takeFolder(dir: string, user: SystemUser, shared: boolean): boolean {
  try {
    makeFolder(dir)
    const { uid } = lstatSync(dir)
    // In a folder like /tmp anybody may have made this name first, to own our database.
    if (shared && (lstatSync(dir).isSymbolicLink() || (uid !== 0 && uid !== user.uid))) return false
    chownSync(dir, user.uid, user.gid)
    execFileSync('/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', dir], { ...user, cwd: '/', stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The packaged binaries when the user can run them where they are, else a copy inside the user's own folder. */
function findBinaries(packaged: string, dir: string, user: SystemUser | undefined): string {
  if (runs(packaged, user)) return packaged
  const version = /@(\d[^/]*)/.exec(packaged)?.[1] ?? 'packaged'
  const copy = join(dir, `postgresql-${version}`)
  const copied = join(copy, 'bin')
  if (runs(copied, user)) return copied
  copyBinaries(dirname(packaged), copy, user)
  if (!runs(copied, user)) throw new Error(`PostgreSQL's programs in ${copied} do not run on this machine`)
  return copied
}

function runs(binDir: string, user: SystemUser | undefined): boolean {
  try {
    for (const program of ['initdb', 'postgres']) {
      execFileSync(join(binDir, program), ['--version'], { ...user, cwd: '/', stdio: 'ignore' })
    }
    return true
  } catch {
    return false
  }
}

function copyBinaries(from: string, to: string, user: SystemUser | undefined): void {
  const draft = `${to}.new`
  rmSync(draft, { recursive: true, force: true })
  rmSync(to, { recursive: true, force: true })
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true })
  linkLibraries(draft)
  if (user) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, draft])
  renameSync(draft, to)
}

/** Registries carry no symbolic links; the package lists them, and its install script may have been switched off. */
function linkLibraries(dir: string): void {
  const list = join(dir, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: unknown = JSON.parse(readFileSync(list, 'utf8'))
  if (!Array.isArray(links)) return
  for (const link of links) {
    const { source, target } = link as { source?: unknown; target?: unknown }
    if (typeof source !== 'string' || typeof target !== 'string') continue
    const path = join(dir, target.replace(/^native\//, ''))
    if (!existsSync(path)) symlinkSync(basename(source), path)
  }
}

import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readJson } from './private-file.ts'
import { birthOf, type ProcessIdentity } from './processes.ts'

export type Lock =
  | { readonly held: true; readonly release: () => void }
  | { readonly held: false; readonly pid: number }

/**
 * Takes the lock file for this process, or tells which living process has it. A lock whose owner is gone is taken over:
 * the owner is known by number and birth, so a stranger that got the same number does not count.
 */
export function takeLock(path: string): Lock {
  const own: ProcessIdentity = { pid: process.pid, born: birthOf(process.pid) ?? '' }
  const draft = `${path}.${process.pid}.new`
  writeFileSync(draft, JSON.stringify(own))
  try {
    for (;;) {
      // A hard link is made only where no file is, in one step: of two starters, one wins.
      if (tryLink(draft, path)) return { held: true, release: () => rmSync(path, { force: true }) }
      const owner = readOwner(path)
      if (owner !== undefined && isSame(owner)) return { held: false, pid: owner.pid }
      moveAside(path, owner)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Removes a stale lock, unless another starter replaced it by its own in the meantime: then it is put back. */
function moveAside(path: string, stale: ProcessIdentity | undefined): void {
  const aside = `${path}.${process.pid}.stale`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  const moved = readOwner(aside)
  if (moved !== undefined && moved.pid !== stale?.pid && isSame(moved)) tryLink(aside, path)
  rmSync(aside, { force: true })
}

function isSame(owner: ProcessIdentity): boolean {
  return birthOf(owner.pid) === owner.born
}

function readOwner(path: string): ProcessIdentity | undefined {
  const value = readJson(path)
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('born' in value)) return undefined
  return typeof value.pid === 'number' && typeof value.born === 'string'
    ? { pid: value.pid, born: value.born }
    : undefined
}

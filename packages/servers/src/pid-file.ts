import { readFileSync, rmSync } from 'node:fs'
import { writeWhole } from './private-file.ts'

/** Writes the number of a running process, for people and scripts that look for it. */
export function writePidFile(path: string, pid: number): void {
  writeWhole(path, `${pid}\n`)
}

/** Removes the file, unless it names another process by now: a successor may have written its own. */
export function removePidFile(path: string, pid: number): void {
  try {
    if (Number.parseInt(readFileSync(path, 'utf8'), 10) === pid) rmSync(path, { force: true })
  } catch {
    // There is none, which is what we want.
  }
}

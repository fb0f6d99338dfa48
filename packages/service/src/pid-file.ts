import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface PidFile {
  readonly path: string
  /** Removes the file unless another process has written its own since. Never throws: it runs while the process exits. */
  readonly remove: () => void
}

/**
 * Writes `<home>/run/<name>.pid`. By rename, so that a reader never sees half a number. Whoever reads it must still ask
 * whether a process of that id is ours: after a power cut the file stays.
 */
export function writePidFile(home: string, name: string, pid: number): PidFile {
  const folder = join(home, 'run')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.pid`)
  const draft = `${path}.${pid}`
  writeFileSync(draft, `${pid}\n`)
  renameSync(draft, path)
  return {
    path,
    remove: () => {
      try {
        if (readFileSync(path, 'utf8').trim() === String(pid)) rmSync(path)
      } catch {
        // Already gone, with the folder perhaps: what was wanted.
      }
    },
  }
}

import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes by rename: whoever reads sees the old file or the new one, never half of either. */
export function writeWhole(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.new`
  try {
    writeFileSync(draft, content, { mode })
    // The mode above is cut by the umask and ignored for a file that is already there.
    chmodSync(draft, mode)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Writes JSON that only its owner may read: it holds passwords. */
export function writePrivateJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, undefined, 2)}\n`, 0o600)
}

/** The parsed file, or undefined when there is none. A file that is not JSON is an error that names it. */
export function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${path} is not valid JSON; remove it to have it written again`, { cause: error })
  }
}

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder for one test, removed with it. */
export function testFolder(): string {
  const dir = makeFolder()
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A folder that whoever calls removes. */
export function makeFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'skald-servers-'))
  // Others may enter it, as PostgreSQL's account must when we are root.
  chmodSync(dir, 0o755)
  return dir
}

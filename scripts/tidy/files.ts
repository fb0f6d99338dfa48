import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceFile } from './rule.ts'

const TEXT = /\.(ts|js|mjs|json|md|ya?ml|sql|prisma|css|html|conf|toml|sh|svg|example)$|(^|\/)[^.]+$|(^|\/)\.[\w.]+$/
const MAX_BYTES = 2_000_000

/** Every text file that is or would be committed. */
export function repositoryFiles(root: string): SourceFile[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return list
    .split('\0')
    .filter((path) => path !== '' && TEXT.test(path))
    .flatMap((path) => {
      const file = statSync(join(root, path), { throwIfNoEntry: false })
      // Deleted and not yet committed, or too large to be written by hand.
      if (!file?.isFile() || file.size > MAX_BYTES) return []
      return [{ path, text: readFileSync(join(root, path), 'utf8') }]
    })
}

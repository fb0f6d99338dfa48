import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { notOurs } from './layout-rules.ts'
import type { SourceFile } from './rule.ts'

const TEXT = /\.(ts|js|mjs|json|md|ya?ml|sql|prisma|css|html|conf|toml|sh|svg|example)$|(^|\/)[^.]+$|(^|\/)\.[\w.]+$/
const MAX_BYTES = 2_000_000
const MAX_LIST_BYTES = 64 * 1024 * 1024

/** Every text file that is or would be committed. */
export function repositoryFiles(root: string): SourceFile[] {
  return listPaths(root)
    .filter((path) => path !== '' && TEXT.test(path))
    .flatMap((path) => {
      const file = statSync(join(root, path), { throwIfNoEntry: false })
      // Deleted and not yet committed, or too large to be written by hand.
      if (!file?.isFile() || file.size > MAX_BYTES) return []
      return [{ path, text: readFileSync(join(root, path), 'utf8') }]
    })
}

function listPaths(root: string): string[] {
  try {
    const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
    const output = execFileSync('git', args, {
      cwd: root,
      maxBuffer: MAX_LIST_BYTES,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return output.toString('utf8').split('\0')
  } catch {
    // No git, or not a checkout but an unpacked archive: everything but what programs made.
    return readdirSync(root, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => !notOurs.test(path) && !path.startsWith('.git/'))
  }
}

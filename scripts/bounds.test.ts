import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from './environment/repository.ts'

const read = (path: string): string => readFileSync(join(repository, path), 'utf8')
const rows = read('docs/bounds.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (what|-+) /.test(line))

test('every bound of the page is set where it says, by the value that it says', () => {
  expect(rows.length).toBeGreaterThan(30)
  for (const row of rows) {
    const [, value = '', path = ''] = /`([^`]+)` in \[[^\]]+\]\(\.\.\/([^)]+)\)/.exec(row) ?? []
    expect(path, row).not.toBe('')
    expect(read(path), row).toContain(value)
  }
})

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { familiesOf } from './system-processes.ts'
import { onLinux } from './testing/on-linux.ts'

describe.each(onLinux)('on %s', () => {
  it('a process that takes its file with it as it stops is not listed, and nothing fails', () => {
    const home = mkdtempSync(join(tmpdir(), 'skald-home-'))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    mkdirSync(join(home, 'run'))
    writeFileSync(join(home, 'run', 'nats.pid'), `${process.pid}\n`)
    // Listed, and not there when it is read.
    symlinkSync(join(home, 'gone'), join(home, 'run', 'postgres.pid'))
    expect(familiesOf(home).map(({ name }) => name)).toEqual(['nats'])
  })
})

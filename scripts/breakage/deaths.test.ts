import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Deaths } from './deaths.ts'
import { fatalLines } from './logs.ts'

const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'skald-deaths-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  mkdirSync(join(dir, 'logs'))
  return dir
}

test('deaths that dev tells of, or that were seen, stand beside those by our hand; two signals to one process are one', () => {
  const file = join(folder(), 'dev.log')
  writeFileSync(
    file,
    [
      'order-service     died (killed by SIGKILL); starting it again',
      'order-service     runs again as process 12',
      'order-service     died (ended with 1); starting it again',
      'saga-coordinator  ready',
    ].join('\n'),
  )
  const deaths = new Deaths()
  deaths.noteOurs('order-service', 11)
  deaths.noteOurs('order-service', 11)
  deaths.noteOurs('saga-coordinator-2', 13)
  deaths.noteSeen('saga-coordinator-2')
  expect(deaths.counts(['order-service', 'saga-coordinator', 'saga-coordinator-2'], file)).toEqual([
    { name: 'order-service', died: 2, ours: 1 },
    { name: 'saga-coordinator', died: 0, ours: 0 },
    { name: 'saga-coordinator-2', died: 1, ours: 1 },
  ])
})

test('a line about a fault that nobody caught is found in any log but that of PostgreSQL', () => {
  const home = folder()
  const line = '{"level":"error","msg":"a fault was not caught: the process ends"}'
  writeFileSync(join(home, 'logs', 'order-service.log'), `{"level":"info"}\n${line}\n`)
  writeFileSync(join(home, 'logs', 'postgres.log'), 'FATAL ERROR\n')
  expect(fatalLines(home)).toEqual([`order-service.log: ${line}`])
})

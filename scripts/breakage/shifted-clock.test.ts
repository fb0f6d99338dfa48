import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { eventually } from '@skald/testing'
import { expect, onTestFinished, test } from 'vitest'

const PROGRAM = `
  const tell = () => console.log(JSON.stringify({ now: Date.now(), made: new Date().getTime(), given: new Date(5).getTime(),
    isDate: new Date() instanceof Date && structuredClone(new Date(5)) instanceof Date, up: performance.now() }))
  setInterval(tell, 20)`

test('the wall clock of one process can be shifted and set right again; its own time goes on as before', async () => {
  const clocks = mkdtempSync(join(tmpdir(), 'skald-clocks-'))
  const module = pathToFileURL(join(import.meta.dirname, 'shifted-clock.ts')).href
  const env = { ...process.env, CHAOS_CLOCKS: clocks, NODE_OPTIONS: `--import ${module}` }
  const child = spawn(process.execPath, ['-e', PROGRAM], { env })
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(clocks, { recursive: true, force: true })
  })
  let last = { now: 0, made: 0, given: 0, isDate: false, up: 0 }
  child.stdout.on('data', (chunk) => {
    last = JSON.parse(String(chunk).trimEnd().split('\n').at(-1) ?? '')
  })
  const shiftsBy = (ms: number) =>
    eventually(() => {
      expect(Math.abs(last.now - Date.now() - ms)).toBeLessThan(2_000)
      expect(Math.abs(last.made - last.now)).toBeLessThan(100)
      return last.up
    })

  const before = await shiftsBy(0)
  const file = join(clocks, String(child.pid))
  writeFileSync(file, '-600000')
  const meanwhile = await shiftsBy(-600_000)
  rmSync(file)
  const after = await shiftsBy(0)

  expect(last).toMatchObject({ given: 5, isDate: true })
  expect(before < meanwhile && meanwhile < after && after - before < 60_000).toBe(true)
})

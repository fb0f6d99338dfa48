import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Points } from '@skald/testing/simulation'
import { describe, expect, it, onTestFailed, onTestFinished } from 'vitest'
import { z } from 'zod'
import { repository } from '../environment/repository.ts'
import { kindNames } from './faults/kind-names.ts'

/* The short form: a few kinds, by a seed. The long one is ./scripts/chaos itself. */

const LIMIT = { timeout: 400_000 }
const SECONDS = 15
const KINDS = 5

const report = z.object({
  command: z.string(),
  faults: z.array(z.object({ kind: z.enum(kindNames), failure: z.string().optional() })),
  sagas: z.record(z.string(), z.int()),
  latency: z.object({ after: z.object({ orders: z.int(), end: z.object({ p50Ms: z.number() }) }) }),
  settleMs: z.number().max(60_000),
  violations: z.array(z.string()),
})

const chaos = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const command = ['--conditions=@skald/source', join('scripts', 'breakage', 'main.ts'), ...args]
    const done = (error: Error | null, stdout: string, stderr: string): void => {
      resolve({ code: error && 'code' in error ? Number(error.code) : 0, stdout, stderr })
    }
    execFile(process.execPath, command, { cwd: repository, maxBuffer: 64 * 1024 * 1024 }, done)
  })

/** A handful, in the order of the names, as --faults takes them. */
const drawKinds = (seed: number): readonly string[] => {
  const point = new Points(seed).next('kinds')
  const sorted = kindNames.toSorted((one, other) => point.of(one) - point.of(other))
  return kindNames.filter((name) => sorted.slice(0, KINDS).includes(name))
}

// What processes use is read from /proc.
describe.each(process.platform === 'linux' ? ['a running system'] : [])('%s', () => {
  it('holds while it is broken in a handful of ways', LIMIT, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'skald-report-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    const seed = Math.floor(Math.random() * 1_000_000) + 1
    const kinds = drawKinds(seed)
    const file = join(dir, 'chaos.json')
    const args = ['--seed', String(seed), '--faults', kinds.join(','), '--every', '1', '--report', file]

    const { code, stdout, stderr } = await chaos(...args, '--minutes', String(SECONDS / 60), '--json')
    onTestFailed(() => console.log(stderr))

    const found = report.parse(JSON.parse(stdout))
    console.log(`${found.command}: ${found.faults.map(({ kind }) => kind).join(', ')}; settled in ${found.settleMs} ms`)
    expect(found.violations).toEqual([])
    expect(code).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(stdout))
    expect(found.faults.filter(({ failure }) => failure !== undefined)).toEqual([])
    expect(found.faults.length).toBeGreaterThan(SECONDS / 2)
    expect((found.sagas['COMPLETED'] ?? 0) + (found.sagas['COMPENSATED'] ?? 0)).toBeGreaterThan(500)
    expect(found.latency.after.end.p50Ms).toBeGreaterThan(0)
  })
})

it('an option that means nothing is refused before anything is started', async () => {
  const { code, stderr } = await chaos('--faults', 'earthquake')
  expect(stderr).toContain("there is no kind 'earthquake'")
  expect(code).toBe(2)
})

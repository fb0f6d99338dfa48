import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { repository } from '../environment/repository.ts'
import { readOptions } from './options.ts'
import { onLinux } from './testing/on-linux.ts'
import { runBench } from './testing/run-bench.ts'

const LIMIT = { timeout: 300_000 }

const above = z.number().positive()
const cpu = z.record(z.string(), above)
const usage = z.object({ perSaga: z.object({ cpuMicros: cpu, commits: above, statements: above, messages: above }) })
const run = usage.extend({ sagasPerSecond: above, end: z.object({ p50Ms: above, p99Ms: above }) })
const bare = z.object({ postsPerSecond: above, p50Ms: above, p99Ms: above })
const verify = z.object({ checked: above, orders: above, violations: z.array(z.unknown()).length(0) })

/** Figures of a scenario as the document must have them. */
const documentOf = <T>(figures: z.ZodType<T>) =>
  z.object({ systems: z.tuple([z.intersection(figures, z.object({ broken: z.array(z.string()) }))]) })

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skald-bench-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** On a machine with other work a promise about speed may be broken: then, and only then, the run ends with 1. */
const figuresOf = async <T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> => {
  const { code, stdout, stderr } = await runBench(folder, [...args, '--json', '--seconds', '1.5', '--warm-up', '0.5'])
  expect([0, 1], stderr).toContain(code)
  const [system] = documentOf(schema).parse(JSON.parse(stdout)).systems
  expect(code).toBe(system.broken.length === 0 ? 0 : 1)
  expect(readdirSync(folder)).toEqual([])
  return system
}

it('each scenario has its own number of orders', () => {
  expect(readOptions(['--scenario', 'backlog'])).toMatchObject({ orders: 50_000, rate: 200 })
  expect(readOptions(['--scenario', 'soak'])).toMatchObject({ orders: 300_000, inFlight: [1_024] })
})

describe.each(onLinux)('on %s', () => {
  it('post: POST alone beside a bare server, while nobody does anything about the orders', LIMIT, async () => {
    const figures = z.object({
      post: bare.extend({ usage }),
      bare: z.object({ before: bare, after: bare }),
      ratio: above,
    })

    const { post } = await figuresOf(figures, '--scenario', 'post')

    expect(Object.keys(post.usage.perSaga.cpuMicros).toSorted()).toEqual(['nats', 'order-service', 'postgres', 'total'])
  })

  it('backlog: what piled up while the coordinator was away ends, and nothing times out', LIMIT, async () => {
    const figures = z.object({
      waiting: z.number().min(200),
      drainSeconds: above,
      caughtUpSeconds: above,
      drainPerSecond: above,
      postWhileDraining: z.object({ p50Ms: above, p99Ms: above }),
      endAfterwards: z.object({ p50Ms: above, p99Ms: above }),
      unended: z.number(),
      timeouts: z.number(),
      nudges: z.number(),
      peakMemoryBytes: z.looseObject({ 'saga-coordinator': above, postgres: above, nats: above }),
      verify,
    })

    const backlog = await figuresOf(figures, '--scenario', 'backlog', '--orders', '200', '--rate', '200')

    expect(backlog).toMatchObject({ unended: 0, timeouts: 0, verify: { violations: [] } })
  })

  it('coordinators: two of them share the work, and no invariant breaks', LIMIT, async () => {
    const figures = z.object({ one: z.object({ before: run, after: run }), two: run, ratio: above, verify })

    const { one, two } = await figuresOf(figures, '--scenario', 'coordinators', '--in-flight', '16')

    expect(Object.keys(two.perSaga.cpuMicros)).toContain('saga-coordinator-2')
    expect(Object.keys(one.after.perSaga.cpuMicros)).not.toContain('saga-coordinator-2')
  })

  it('open sagas: each waits for a timer of its own, is found, and is woken once when it is due', LIMIT, async () => {
    const get = z.object({ p50Ms: above, p99Ms: above })
    const figures = z.object({
      open: z.number(),
      readyMs: above,
      get: z.object({ idle: get, busy: get }),
      due: z.number(),
      fired: z.object({ timers: z.number(), sagas: z.number(), latenessMs: z.object({ p99: z.number() }) }),
      peakMemoryBytes: z.looseObject({ 'saga-coordinator': above, postgres: above }),
    })

    const measured = await figuresOf(figures, '--scenario', 'open-sagas', '--orders', '400', '--rate', '100')

    expect(measured).toMatchObject({ open: 400, due: 150, fired: { timers: 150, sagas: 150 } })
  })

  it('releases: processes of another checkout share the work, and no order fails or is undone', LIMIT, async () => {
    const shared = z.object({ service: z.string(), ours: above, theirs: above })
    const load = z.looseObject({ cancelled: z.number(), failedPosts: z.number(), unended: z.number() })
    const figures = z.object({ shared: z.array(shared).length(4), load, verify })

    const measured = await figuresOf(figures, '--scenario', 'releases', '--other', repository, '--rate', '20')

    expect(measured.load).toMatchObject({ cancelled: 0, failedPosts: 0, unended: 0 })
  })

  it('restarts: every service three times, and no order fails or is undone', LIMIT, async () => {
    const placed = z.looseObject({
      confirmed: above,
      cancelled: z.number(),
      failedPosts: z.number(),
      unended: z.number(),
    })
    const restart = z.object({ service: z.string(), tookMs: above })
    const figures = z.object({ restarts: z.array(restart), before: placed, during: placed, after: placed, verify })

    const measured = await figuresOf(figures, '--scenario', 'restarts', '--rate', '20')

    expect(measured.restarts).toHaveLength(12)
    expect(measured.during).toMatchObject({ cancelled: 0, failedPosts: 0, unended: 0 })
  })

  it('soak: eleven stretches, the last held against the first', LIMIT, async () => {
    // PostgreSQL's processes tell their commits once a second, which is longer than such a stretch. Processor
    // time is counted in ticks of 10 ms: with twenty orders a stretch nats-server used none on a quiet machine.
    const costs = z.object({ cpuMicros: cpu, statements: above, messages: above })
    const stretch = z.object({
      perSaga: costs,
      endedBefore: z.number(),
      sagas: z.number().min(200),
      sagasPerSecond: above,
    })
    const figures = z.object({ stretches: z.array(stretch).length(11), cpuGrowth: z.number() })

    const { stretches, cpuGrowth } = await figuresOf(
      figures,
      '--scenario',
      'soak',
      '--orders',
      '2000',
      '--in-flight',
      '64',
    )

    const total = (index: number): number => stretches.at(index)?.perSaga.cpuMicros['total'] ?? 0
    expect(cpuGrowth).toBeCloseTo(total(-1) / total(0) - 1, 2)
    expect(stretches.map(({ endedBefore }) => endedBefore)).toEqual(
      stretches.map(({ endedBefore }) => endedBefore).toSorted((a, b) => a - b),
    )
  })
})

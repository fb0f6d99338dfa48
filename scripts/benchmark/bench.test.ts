import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { xmlFaults } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onLinux } from './testing/on-linux.ts'
import { runBench } from './testing/run-bench.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skald-bench-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Zero is what these should be. */
const MAY_BE_ZERO = /\.(failedPosts|unended|sequentialReads|cancelled|othersCpuShare)$/

const numbersIn = (value: unknown, path = ''): (readonly [string, number])[] => {
  if (typeof value === 'number') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => numbersIn(part, `${path}.${key}`))
}

const FLOORS = [{ name: 'five transactions' }, { name: 'seven transactions' }]

describe.each(onLinux)('on %s', () => {
  it('a tiny run gives one JSON document, complete, every figure above zero; and leaves nothing behind', {
    timeout: 240_000,
  }, async () => {
    const loads = ['--in-flight', '4,16', '--rates', '20', '--seconds', '1.5', '--warm-up', '1']

    const { code, stdout, stderr } = await runBench(folder, ['--form', 'four', '--json', '--out', folder, ...loads])

    expect([code, stderr]).toEqual([0, expect.stringContaining('16 in flight: ')])
    const report = JSON.parse(stdout)
    expect(JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8'))).toEqual(report)
    expect(xmlFaults(readFileSync(join(folder, 'latency.svg'), 'utf8'))).toEqual([])
    const [system] = report.systems
    expect(system).toMatchObject({
      form: 'four processes',
      durability: { postgres: { fsync: 'on', synchronous_commit: 'on', commit_delay: '0' }, streamStorage: 'file' },
      runs: [
        { kind: 'fixed rate', load: 20 },
        { kind: 'closed loop', load: 4 },
        { kind: 'closed loop', load: 16 },
      ],
      floors: { before: FLOORS, after: FLOORS },
      ratios: FLOORS.map(({ name }) => ({ floor: name })),
    })
    const processes = ['inventory-service', 'nats', 'order-service', 'payment-service', 'postgres', 'saga-coordinator']
    for (const run of system.runs) {
      expect(Object.keys(run.perSaga.cpuMicros).toSorted()).toEqual([...processes, 'total'].toSorted())
      expect(Object.keys(run.peakMemoryBytes).toSorted()).toEqual(processes)
      expect(run.perSaga.statements).not.toBeNull()
    }
    const zeros = numbersIn(report.systems).filter(([path, value]) => !(value > 0) && !MAY_BE_ZERO.test(path))
    expect(zeros).toEqual([])
    expect(readdirSync(folder).filter((name) => name.startsWith('skald-e2e'))).toEqual([])
  })

  it('without a system to measure, --running says how to start one', async () => {
    const nobody = { ORDER_PORT: '1', PAYMENT_PORT: '1', INVENTORY_PORT: '1', COORDINATOR_PORT: '1' }

    const { code, stdout, stderr } = await runBench(folder, ['--running'], nobody)

    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('start ./scripts/dev in another terminal')])
  })
})

it('a wrong option is named, with what it may be', async () => {
  const { code, stderr } = await runBench(folder, ['--form', 'three'])

  expect([code, stderr]).toEqual([2, '--form three: give four, one or both\n'])
})

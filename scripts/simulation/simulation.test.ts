import assert from 'node:assert/strict'
import { faultName } from '@skald/testing/simulation'
import { describe, expect, test } from 'vitest'
import { regressions } from './failure.ts'
import { runSchedule, type Schedule } from './schedule.ts'

/** A few thousand, as far as a minute goes: a busy machine runs fewer, but always enough to meet most planted bugs. */
const SCHEDULES = 3_000
const LEAST_SCHEDULES = 300
const PATIENCE_MS = 60_000

const brokenBy = ({ seed, violations }: Schedule): readonly string[] =>
  violations.map(({ invariant, detail }) => `seed ${seed}: ${invariant}: ${detail}`)

describe('the whole system in virtual time', () => {
  test('keeps every invariant, whatever faults a seed draws', { timeout: 600_000 }, async () => {
    const broken: string[] = []
    const startedMs = performance.now()
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      broken.push(...brokenBy(await runSchedule({ seed })))
      if (seed >= LEAST_SCHEDULES && performance.now() - startedMs > PATIENCE_MS) break
    }
    expect(broken).toEqual([])
  })

  test('keeps them with three processes of each service', { timeout: 60_000 }, async () => {
    const broken: string[] = []
    for (let seed = 1; seed <= 50; seed++) broken.push(...brokenBy(await runSchedule({ seed, replicas: 3 })))
    expect(broken).toEqual([])
  })

  test('keeps them in every schedule that once failed', { timeout: 60_000 }, async () => {
    const broken: string[] = []
    for (const { seed, replicas, faults } of regressions()) {
      broken.push(...brokenBy(await runSchedule({ seed, replicas })))
      if (faults) broken.push(...brokenBy(await runSchedule({ seed, replicas, only: new Set(faults) })))
    }
    expect(broken).toEqual([])
  })

  test('does the same again for the same seed', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const [one, other] = [await runSchedule({ seed }), await runSchedule({ seed, recording: true })]
      expect(other.digest).toBe(one.digest)
      expect(other.faults).toEqual(one.faults)
    }
  })

  test('does the same again with the faults that struck, given by name', async () => {
    const all = await runSchedule({ seed: 7 })
    const named = await runSchedule({ seed: 7, only: new Set(all.faults.map(faultName)) })
    assert.ok(all.faults.length > 0)
    expect(named.digest).toBe(all.digest)
  })

  test('without a fault every order ends as its payment says', async () => {
    const plain = await runSchedule({ seed: 7, only: new Set() })
    expect(brokenBy(plain)).toEqual([])
    expect(plain.faults).toEqual([])
  })
})

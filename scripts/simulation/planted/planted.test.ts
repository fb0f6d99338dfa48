import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { plantedBugs } from './bugs.ts'
import { catchBug, sourceOf } from './run.ts'

/** A few of every kind that are seen at once; all of them are run by `./scripts/simulate --planted`. */
const AT_ONCE = [
  'ack before commit',
  'no inbox: a message that came before is handled again',
  'nudge with a fresh id',
  'a call has no task',
  'an Idempotency-Key is not looked up',
]

describe('planted bugs', () => {
  test('are thirty at least, each under a name of its own', () => {
    const names = plantedBugs.map(({ name }) => name)
    expect(names.length).toBeGreaterThanOrEqual(30)
    expect(new Set(names).size).toBe(names.length)
  })

  test.each(plantedBugs)('the guard is still where it was: $name', ({ changes }) => {
    for (const { file, find } of changes) {
      expect(readFileSync(sourceOf(file), 'utf8').split(find).length, `${file}: ${find}`).toBe(2)
    }
  })

  test.each(AT_ONCE)('is caught: %s', { timeout: 120_000 }, async (name) => {
    const bug = plantedBugs.find((each) => each.name === name)
    if (!bug) throw new Error(`${name} is no planted bug`)
    const caught = await catchBug(bug, 1, 200)
    expect(caught.schedules).toBeDefined()
  })
})

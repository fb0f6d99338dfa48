import { expect, it } from 'vitest'
import { statementsOf } from './statements.ts'

it('a table has few statements to update it, in however many ways its rows change', () => {
  const names = Array.from({ length: 10 }, (_, at) => `column_${at}`)
  const columns = Object.fromEntries(['id', ...names].map((name) => [name, 'text' as const]))
  const statements = statementsOf({ name: 'wide', key: 'id', columns })
  const made = new Set<string>()
  for (let bits = 0; bits < 2 ** names.length; bits++) {
    const changed = new Set(statements.columns.filter((_, at) => bits & (1 << (at - 1))))
    const update = statements.update(changed)
    for (const column of [statements.key, ...changed]) expect(update.columns).toContain(column)
    made.add(update.name)
  }
  // Sixteen, and the one for whole rows.
  expect(made.size).toBe(17)
})

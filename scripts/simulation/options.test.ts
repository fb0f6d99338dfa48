import { expect, test } from 'vitest'
import { optionsOf } from './options.ts'
import { catchAll } from './planted/run.ts'

test('what is no number, or too large a one, is refused by name', () => {
  expect(() => optionsOf(['--schedules', 'many'])).toThrow('--schedules many: give a whole number from 1')
  expect(() => optionsOf(['--replicas', '6'])).toThrow('--replicas 6: give a whole number from 1 to 5')
})

test('a name needs --planted', () => {
  expect(() => optionsOf(['no inbox'])).toThrow("'no inbox' is no option; names of planted bugs need --planted")
  expect(optionsOf(['--planted', 'no inbox'])).toMatchObject({ planted: true, names: ['no inbox'] })
})

test('a planted bug that is not known is refused, instead of counted as caught', async () => {
  await expect(catchAll(['no such bug'], 1, () => undefined)).rejects.toThrow("no planted bug is called 'no such bug'")
})

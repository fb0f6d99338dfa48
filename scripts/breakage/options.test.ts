import { expect, test } from 'vitest'
import { kindNames } from './faults/kind-names.ts'
import { commandOf, readOptions } from './options.ts'

const read = (...args: readonly string[]) => {
  const options = readOptions(args)
  if (!options) throw new Error('these are options of a run')
  return options
}

test('without options every kind comes, often enough for 500 faults in twenty minutes', () => {
  const { kinds, everyMs, minutes } = read()
  expect(kinds).toEqual(kindNames)
  expect(1_200_000 / everyMs).toBeGreaterThanOrEqual(500)
  expect(minutes).toBe(2)
})

test('a kind that does not exist is refused by name, with those that do', () => {
  expect(() => readOptions(['--faults', 'kill,earthquake'])).toThrow(
    `--faults kill,earthquake: there is no kind 'earthquake'; give some of kill, restart`,
  )
  expect(() => readOptions(['--faults', 'together'])).toThrow('name the kinds, too, that are to come together')
})

test.each([
  [['--minutes', '0'], '--minutes 0: give a number from 0.1'],
  [['--seed', '-1'], 'seed'],
  [['--seed', 'lucky'], '--seed lucky: give a whole number from 0'],
  [['--rate', '1e9'], '--rate 1e9: give a number from 1 to 1000'],
  [['--every', '0.1'], '--every 0.1: give a number from 0.2'],
  [['--coordinators', '3'], '--coordinators 3: give one of 1, 2, 4'],
  [['--participants', '4'], '--participants 4: give one of 1, 2'],
  [['--all-in-one', '--coordinators', '2'], '--all-in-one is one process'],
])('%j is refused with what may be given', (args, says) => {
  expect(() => readOptions(args)).toThrow(says)
})

test('what is said about how to run the same again means the same', () => {
  const args = [
    '--seed',
    '7',
    '--minutes',
    '0.5',
    '--faults',
    'kill,disk-full',
    '--every',
    '0.5',
    '--coordinators',
    '4',
  ]
  const options = read(...args, '--rate', '30', '--participants', '2')
  expect(read(...commandOf(options).split(' ').slice(1))).toEqual(options)
  const one = read('--all-in-one')
  expect(read(...commandOf(one).split(' ').slice(1))).toEqual(one)
})

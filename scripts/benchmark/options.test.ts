import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

test('without options, both forms are measured under every load', () => {
  expect(readOptions([])).toMatchObject({
    form: 'both',
    running: false,
    inFlight: [1, 64, 256, 1024],
    rates: [100, 500],
    measureMs: 20_000,
    warmUpMs: 10_000,
  })
})

test('loads are lists, and either kind may be left out', () => {
  expect(readOptions(['--in-flight', '8', '--rates', 'none'])).toMatchObject({ inFlight: [8], rates: [] })
  expect(readOptions(['--in-flight', 'none', '--rates', '10,20'])).toMatchObject({ inFlight: [], rates: [10, 20] })
})

test.each([
  [['--form', 'three'], '--form three: give four, one or both'],
  [['--in-flight', '0'], '--in-flight 0: give whole numbers from 1 to 10000'],
  [['--in-flight', '1,,2'], '--in-flight 1,,2: give whole numbers'],
  [['--in-flight', '1.5'], '--in-flight 1.5: give whole numbers'],
  [['--rates', 'fast'], '--rates fast: give whole numbers from 1 to 10000'],
  [['--seconds', '0'], '--seconds 0: give a number from 1 to 3600'],
  [['--seconds', '1e3'], '--seconds 1e3: give a number from 1 to 3600'],
  [['--warm-up', '-1'], '--warm-up'],
  [['--seed', '1.5'], '--seed 1.5: give a whole number'],
  [['--in-flight', 'none', '--rates', 'none'], '--in-flight none and --rates none: nothing is left to measure'],
  [['--running', '--form', 'one'], '--form one: a system that runs has its form already'],
  [['--scenario', 'loops'], '--scenario loops: give one of loop, post, backlog, coordinators, soak'],
  [['--scenario', 'post', '--rates', '5'], '--rates belongs to --scenario loop: leave it out with post'],
  [['--orders', '5'], '--orders belongs to --scenario backlog, soak, open-sagas: leave it out with loop'],
  [['--scenario', 'backlog', '--running'], '--running belongs to --scenario loop'],
  [['--scenario', 'releases'], '--scenario releases needs --other FOLDER'],
  [['--scenario', 'releases', '--other', '/nowhere'], '--other /nowhere: give a checkout of another release'],
  [['--other', '.'], '--other belongs to --scenario releases: leave it out with loop'],
  [['--scenario', 'backlog', '--rate', '0'], '--rate 0: give a whole number from 1 to 10000'],
  [['--scenario', 'soak', '--in-flight', '1,2'], '--in-flight 1,2: --scenario soak takes one number'],
  [['--sekonds', '3'], "Unknown option '--sekonds'"],
])('%j is refused: %s', (args, says) => {
  expect(() => readOptions(args)).toThrow(says)
})

test('--help asks for nothing else', () => {
  expect(readOptions(['--help'])).toBeUndefined()
})

import { expect, test } from 'vitest'
import { rules } from './tidy.ts'
import { withoutText } from './without-text.ts'

/** What a rule says about one file, or about several. */
function says(rule: string, files: Record<string, string>): string[] {
  const found = rules.find(({ name }) => name === rule)
  if (!found) throw new Error(`there is no rule "${rule}"; there are: ${rules.map(({ name }) => name).join(', ')}`)
  const all = Object.entries(files).map(([path, text]) => ({ path, text }))
  return found.check(all).map(({ path, line, says }) => `${path}:${line} ${says}`)
}

const code = 'packages/saga/src/step.ts'
const tests = 'packages/saga/src/step.test.ts'

// One planted fault for each way to break a rule, and beside it what looks alike and is allowed.
const planted: readonly { rule: string; path: string; wrong: readonly string[]; right: readonly string[] }[] = [
  { rule: 'file size', path: code, wrong: ['x\n'.repeat(301)], right: ['x\n'.repeat(300)] },
  {
    rule: 'no suppressions',
    path: code,
    wrong: ['// @ts-ignore', '// @ts-expect-error because', '// biome-ignore lint: no', '/* eslint-disable */'],
    right: ['// is ignored by the state'],
  },
  { rule: 'nothing postponed', path: 'README.md', wrong: ['TODO: later', 'a FIXME'], right: ['MASTODON'] },
  {
    rule: 'no any',
    path: code,
    wrong: ['const a: any = 1', 'x as any', 'Array<any>', '(a: string, b: any) => 1', 'type T = string | any'],
    right: ['// any of them', "const a = 'as any'", 'Promise.any([])', 'const any = 1'],
  },
  {
    rule: 'doors list their names',
    path: code,
    wrong: ["export * from './a.ts'", "export * as a from './a.ts'"],
    right: ["export { a } from './a.ts'", 'a * b'],
  },
  {
    rule: 'no skipped tests',
    path: tests,
    wrong: [
      "test.skip('x')",
      "describe.only('x')",
      "it.todo('x')",
      "test.runIf(a)('x')",
      "xit('x')",
      "test.concurrent.skip('x')",
    ],
    right: ["test('skip it')", "test.each([1])('x')", "test.concurrent('x')", 'await exit(1)'],
  },
  {
    rule: 'no fixed sleeps in tests',
    path: tests,
    wrong: [
      'await sleep(100)',
      'await setTimeout(1000)',
      'await new Promise((done) => setTimeout(done, 500))',
      'await wait(stepMs)',
    ],
    right: [
      'await until(ready)',
      'await wait(10)',
      'new Promise((done) => setTimeout(done, 20))',
      "test('await sleep(100)')",
    ],
  },
  { rule: 'no mocks of modules', path: tests, wrong: ["vi.mock('pg')"], right: ['vi.fn()'] },
  {
    rule: 'no commented-out code',
    path: code,
    wrong: ['// const a = 1', "// import { a } from './a.ts'", '// return next(state)'],
    right: ['// A constant.', '// return to the state before'],
  },
  {
    rule: 'names say what is inside',
    path: code,
    wrong: ['class OrderManager {}', 'export function stringUtils() {}', 'const TimeHelper = 1'],
    right: ['import { type JetStreamManager } from "x"', 'const managed = 1'],
  },
  {
    rule: 'no clock and no chance in what decides',
    path: 'services/order-service/src/orders/pricing.ts',
    wrong: ['Date.now()', 'new Date()', 'Math.random()', 'setTimeout(f, 1)', 'randomUUID()', 'performance.now()'],
    right: ['new Date(text)', '// Date.now() would differ', "say('Date.now()')"],
  },
  {
    rule: 'the process belongs to main',
    path: code,
    wrong: ['process.env', 'process.exit(1)'],
    right: ['// process.env', 'processor.submit()'],
  },
  {
    rule: 'inner folders know no machine',
    path: 'packages/messaging/src/message.ts',
    wrong: ["import { x } from 'node:fs'", "import x from 'node:os'"],
    right: ["import { createHash } from 'node:crypto'"],
  },
  {
    rule: 'layers point inwards',
    path: 'packages/nats/src/bus.ts',
    wrong: [
      "import { a } from '@skald/contracts'",
      "import { a } from '@skald/order-service'",
      "import('@skald/database')",
    ],
    right: ["import { a } from '@skald/messaging'"],
  },
  {
    rule: 'layers point inwards',
    path: 'services/order-service/src/orders/order.ts',
    wrong: [
      "import { a } from '@skald/payment-service'",
      "import { a } from '@skald/nats'",
      "import { a } from '@skald/testing'",
    ],
    right: ["import { a } from '@skald/contracts'"],
  },
  {
    rule: 'layers point inwards',
    path: 'services/order-service/test/orders.test.ts',
    wrong: [],
    right: ["import { a } from '@skald/testing'"],
  },
  {
    rule: 'relative imports stay in their package',
    path: code,
    wrong: ["import { a } from '../../nats/src/bus.ts'", "import { a } from '../../../services/x.ts'"],
    right: ["import { a } from './a.ts'", "import { a } from '../test/a.ts'"],
  },
  {
    rule: 'each library has its place',
    path: 'packages/database/src/pool.ts',
    wrong: [
      "import { connect } from 'nats'",
      "import { x } from '@nats-io/jetstream'",
      "import { setup } from 'xstate'",
    ],
    right: ["import pg from 'pg'"],
  },
  {
    rule: 'doors only list',
    path: 'packages/saga/src/index.ts',
    wrong: ['const a = 1', 'run()'],
    right: ["export { a } from './a.ts'", "export {\n  a,\n} from './a.ts'"],
  },
  {
    rule: 'one title a page',
    path: 'docs/a.md',
    wrong: ['text', '# One\n# Two'],
    right: ['# One\n## Two', '# One\n```sh\n# a comment\n```'],
  },
  {
    rule: 'links lead somewhere',
    path: 'docs/a.md',
    wrong: ['[b](b.md)', '[b](#none)', '[b](../c)'],
    right: ['[a](a.md)', '# Here\n[b](#here)', '[web](https://example.com)'],
  },
  {
    rule: 'named paths exist',
    path: 'docs/a.md',
    wrong: ['`scripts/none`', '`packages/x/src/a.ts`'],
    right: ['`docs/a.md`', '`services/<name>`', '```\nscripts/none\n```'],
  },
  {
    rule: 'every promise names tests that exist',
    path: 'docs/guarantees.md',
    wrong: ['## 1. All is well\n\nIt is.\n', '## 1. All is well\n\n- `packages/x/src/a.test.ts`: all is well\n'],
    right: ['## How to read this\n\nFrom above.\n'],
  },
  {
    rule: 'migrations only add',
    path: 'prisma/saga/migrations/0009_next/migration.sql',
    wrong: [
      'ALTER TABLE saga DROP COLUMN held;',
      'ALTER TABLE saga RENAME COLUMN held TO kept;',
      'ALTER TABLE saga ALTER COLUMN revision TYPE bigint;',
      'ALTER TABLE saga ALTER COLUMN wake_at SET NOT NULL;',
      'ALTER TABLE saga ADD COLUMN owner text NOT NULL;',
    ],
    right: [
      "ALTER TABLE saga ADD COLUMN owner text NOT NULL DEFAULT '';",
      'ALTER TABLE saga ADD COLUMN owner text; -- RENAME is what it saves us',
      '-- Contract: nothing has read it since release 7.\nALTER TABLE saga DROP COLUMN held;',
    ],
  },
  {
    rule: 'shell scripts are POSIX and careful',
    path: 'scripts/dev',
    wrong: ['#!/bin/bash\n'],
    right: ['#!/bin/sh\n'],
  },
]

for (const { rule, path, wrong, right } of planted) {
  test(`${rule}: finds what is wrong in ${path}`, () => {
    for (const text of wrong) expect(says(rule, { [path]: text }), text).not.toEqual([])
  })
  test(`${rule}: leaves alone what is right in ${path}`, () => {
    for (const text of right) expect(says(rule, { [path]: text }), text).toEqual([])
  })
}

test('a fault names its file and line', () => {
  expect(says('no any', { [code]: '\n\nlet a: any' })).toEqual([
    `${code}:3 any: use unknown and look at it, or say the type`,
  ])
})

test('a file that nothing uses is found; one that is imported, or named in a command, is not', () => {
  const files = {
    'packages/saga/src/index.ts': "export { a } from './used.ts'",
    'packages/saga/src/used.ts': '',
    'packages/saga/src/forgotten.ts': '',
    'scripts/started.ts': '',
    'scripts/dev': 'exec node scripts/started.ts',
  }
  expect(says('every file is used', files)).toEqual([
    'packages/saga/src/forgotten.ts:1 nothing uses this file: use it or remove it',
  ])
})

test('a file called after nothing in particular is found by its name', () => {
  expect(says('names say what is inside', { 'packages/saga/src/utils.ts': '' })).toHaveLength(1)
  expect(says('names say what is inside', { 'packages/saga/src/helpers/time.ts': '' })).toHaveLength(1)
})

test('what a program made is found when it is committed', () => {
  expect(
    says('nothing generated is committed', { 'packages/a/dist/index.js': '', 'a/.env': '', '.env.example': '' }),
  ).toHaveLength(2)
})

const manifest = (more: object) => ({
  name: '@skald/saga',
  private: true,
  type: 'module',
  license: 'MIT',
  exports: { '.': { '@skald/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
  ...more,
})
const saga = 'packages/saga/package.json'

test('a manifest of another form is found', () => {
  const of = (more: object) => says('manifests have one form', { [saga]: JSON.stringify(manifest(more)) })
  expect(of({})).toEqual([])
  expect(of({ name: '@skald/other' })).toHaveLength(1)
  expect(of({ license: 'none' })).toHaveLength(1)
  expect(of({ dependencies: { '@skald/nats': '1.0.0' } })).toHaveLength(1)
  expect(of({ exports: { '.': { default: './dist/index.js' } } })).toHaveLength(1)
})

test('two versions of one library are found', () => {
  const files = {
    'package.json': JSON.stringify({ dependencies: { zod: 'catalog:' } }),
    [saga]: JSON.stringify(manifest({ dependencies: { zod: '4.0.0' } })),
  }
  expect(says('one version of each library', files)).toHaveLength(1)
})

test('a dependency that nothing imports is found', () => {
  const manifestText = JSON.stringify(manifest({ dependencies: { zod: 'catalog:', xstate: 'catalog:' } }))
  const found = says('every dependency is used', { [saga]: manifestText, [code]: "import { z } from 'zod/mini'" })
  expect(found).toEqual([])
  const unused = JSON.stringify(manifest({ dependencies: { pg: 'catalog:' } }))
  expect(says('every dependency is used', { [saga]: unused, [code]: '' })).toHaveLength(1)
})

test('a package that is not compiled with the others, or has no layer, is found', () => {
  const tsconfig = (...paths: string[]) => JSON.stringify({ references: paths.map((path) => ({ path })) }, undefined, 1)
  const text = JSON.stringify(manifest({}))
  expect(says('every package is compiled', { [saga]: text, 'tsconfig.json': tsconfig('packages/saga') })).toEqual([])
  expect(says('every package is compiled', { [saga]: text, 'tsconfig.json': tsconfig() })).toHaveLength(1)
  expect(says('every package is compiled', { 'tsconfig.json': tsconfig('packages/gone') })).toHaveLength(1)
  expect(says('every package has its layer', { 'packages/unknown/package.json': text })).toHaveLength(1)
})

test('a link to a heading that is not there is found', () => {
  const files = { 'a.md': '# A\n[x](b.md#first-things)\n[y](b.md#second)', 'b.md': '# B\n## First things' }
  expect(says('links lead somewhere', files)).toEqual(['a.md:3 b.md has no heading #second'])
})

test('prose is blanked without moving a line', () => {
  const blanked = withoutText('a // b\n/* c\n d */ e \'f\' "g" = /h"/ i\n')
  expect(blanked.split('\n').map((line) => line.trim())).toEqual(['a', '', 'e         =      i', ''])
})

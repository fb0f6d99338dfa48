import { sagaArchive } from '@skald/saga-coordinator'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Databases, urlsOf } from './databases.ts'
import { definitionsOf, finderOf } from './definitions.ts'
import { invariants } from './invariants.ts'
import { tableInvariants } from './table-invariants.ts'
import { type CleanSystem, makeCleanSystem } from './testing/clean-system.ts'
import { type Planted, planted as plantedFacts } from './testing/planted.ts'
import { plantedTraces } from './testing/planted-traces.ts'

const planted = [...plantedFacts, ...plantedTraces]

import { inspect, verify } from './verify.ts'

let system: CleanSystem

beforeAll(async () => {
  system = await makeCleanSystem()
}, 120_000)

afterAll(() => system?.close())

/** Plants what must not be in transactions that are never committed, and looks from inside them. */
const look = async (changes: readonly (readonly [Planted['changes'][number][0], string])[], archives = false) => {
  const urls = urlsOf(system.env)
  const opened: pg.Client[] = []
  const open = async (name: keyof typeof urls): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: urls[name] })
    opened.push(client)
    await client.connect()
    await client.query('BEGIN')
    return client
  }
  const databases: Databases = {
    order: await open('order'),
    payment: await open('payment'),
    inventory: await open('inventory'),
    saga: await open('saga'),
    close: async () => void (await Promise.all(opened.map((client) => client.end()))),
  }
  try {
    if (archives) await sagaArchive(databases.saga, () => undefined).archive(undefined, 100, 0)
    for (const [database, sql] of changes) await databases[database].query(sql)
    return await inspect(databases, finderOf(definitionsOf(system.env)))
  } finally {
    await databases.close()
  }
}

describe('a state that the services made by themselves', () => {
  it('breaks no invariant', async () => {
    const report = await verify({ env: system.env, settleWithinMs: 0 })

    expect(report).toMatchObject({ violations: [], orders: 6, settledByHand: [] })
    expect(report.sagas).toEqual({ COMPLETED: 1, COMPENSATED: 4, NEEDS_ATTENTION: 1 })
  })

  it('breaks none when all that has ended is archived, and its histories are replayed there', async () => {
    const { violations, sagas } = await look([], true)
    expect({ violations, sagas }).toEqual({
      violations: [],
      sagas: { COMPLETED: 1, COMPENSATED: 4, NEEDS_ATTENTION: 1 },
    })
    const { approved } = system.made
    const broken = `UPDATE saga_archive SET body = replace(body, '"takingPayment"', '"refunding"') WHERE saga_id = '${approved.sagaId}'`
    const looked = await look([['saga', broken]], true)
    expect(looked.violations).toEqual([
      {
        invariant: 'a history is a legal path of its definition',
        detail: expect.stringContaining(`saga ${approved.sagaId}, entry 2 (inventory.reserved.v1)`) as string,
      },
    ])
  })

  it('lists apart what waits for a person, with the effect and the amount', async () => {
    const { sagaId, orderId } = system.made.needsPerson

    const { waitingForPerson } = await verify({ env: system.env, settleWithinMs: 0 })

    expect(waitingForPerson).toEqual([
      expect.stringContaining(`saga ${sagaId} of order ${orderId}: payment.refund of 2000 EUR, refused 2 times`),
    ])
  })

  it('is judged by the attempts that the system was given', async () => {
    const { violations } = await verify({ env: { ...system.env, SAGA_UNDO_ATTEMPTS: '3' }, settleWithinMs: 0 })

    expect(violations.map(({ invariant }) => invariant)).toEqual(['a history is a legal path of its definition'])
    expect(violations[0]?.detail).toContain(system.made.needsPerson.sagaId)
  })
})

describe('what must not be is named:', () => {
  it.each(planted.map((one) => [one.invariant, one.what, one] as const))('%s: %s', async (invariant, _what, one) => {
    const made = system.made
    const changes = one.changes.map(([database, sql]) => [database, sql(made)] as const)

    const { violations } = await look(changes)

    expect(violations.filter((violation) => violation.invariant === invariant).map(({ detail }) => detail)).toEqual([
      expect.stringContaining(one.names(made)),
    ])
  })

  it('there is a violation for every invariant', () => {
    const names = [...Object.keys(invariants), ...tableInvariants.map(({ name }) => name)]

    expect(new Set(planted.map(({ invariant }) => invariant))).toEqual(new Set(names))
  })
})

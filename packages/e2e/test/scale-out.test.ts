import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { processesOf, type System, startSecond, startSystem, sumOf } from '@skald/e2e'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const LIMIT = { timeout: 180_000 }

let system: System

beforeAll(async () => {
  system = await startSystem()
  await system.offer('e2e-book', 1_000_000)
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 120_000)

const approved = { paymentMethod: 'sim_approved' } as const

it('while the coordinator is away orders are accepted, and end when it is back', LIMIT, async () => {
  const back = await system.without('saga-coordinator')
  const { orderId, sagaId } = await system.place(approved)
  await expect(system.saga(sagaId)).rejects.toThrow('fetch failed')
  expect((await system.order(orderId)).status).toBe('PENDING')

  await back()

  expect((await system.ended(orderId)).order.status).toBe('CONFIRMED')
})

// What the first one was started with is read from /proc.
describe.each(process.platform === 'linux' ? ['second coordinator'] : [])('a %s', () => {
  it('works on the same streams and database, and goes on alone', LIMIT, async () => {
    const second = await startSecond(system.home, 'saga-coordinator')
    const back = await system.without('saga-coordinator')
    const orders = await Promise.all(Array.from({ length: 20 }, () => system.place(approved)))
    for (const { orderId } of orders) {
      await expect.poll(async () => (await system.order(orderId)).status, { timeout: 60_000 }).toBe('CONFIRMED')
    }
    expect(sumOf(await (await fetch(`${second.url}/metrics`)).text(), 'skald_sagas_ended_total')).toBe(20)

    await back()
    await second.stop()

    expect(processesOf(system.home).filter((line) => line.startsWith(`${second.pid} `))).toEqual([])
    expect(readdirSync(join(system.home, 'run')).filter((name) => name.includes('-2'))).toEqual([])
    expect((await system.verify()).violations).toEqual([])
  })
})

import { Load, processes, type System, serviceProcesses, startSystem } from '@skald/e2e'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ordersHttp } from './hostile/http-orders.ts'
import { othersHttp } from './hostile/http-others.ts'
import type { Known } from './hostile/http-request.ts'
import { wireHttp } from './hostile/http-wire.ts'
import { bytesOf, sendBytes } from './hostile/raw-http.ts'

const SKU = 'e2e-hostile'
const ORDER_EVERY_MS = 50
const approved = { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'] } as const

let system: System
let load: Load
let known: Known
let pids: readonly number[]

const pidsNow = (): readonly number[] => processes.map((name) => system.pid(name))

beforeAll(async () => {
  system = await startSystem()
  await system.offer(SKU, 900_000)
  // So dear that a million of it cost more than can be counted.
  await system.offer('e2e-gold', 1_000_000, Number.MAX_SAFE_INTEGER)
  const { orderId, sagaId } = await system.place({ sku: SKU, paymentMethod: 'sim_approved' })
  await system.ended(orderId)
  known = { orderId, sagaId, sku: SKU }
  pids = pidsNow()
  load = new Load(system, SKU)
  load.start(ORDER_EVERY_MS, [approved])
}, 240_000)

afterAll(async () => {
  await load?.stop()
  await system?.stop()
}, 240_000)

const requests = [...ordersHttp, ...othersHttp, ...wireHttp]

describe('a hostile request is refused with a problem that says so:', () => {
  it.each(requests.map((request) => [request.what, request.answer, request] as const))(
    '%s, %s',
    async (_what, answer, request) => {
      const sent = request.send(known)

      const got = await sendBytes(system.urls[request.to], sent instanceof Uint8Array ? sent : bytesOf(sent))

      const [status, code] = answer.split(' ')
      expect(got).toMatchObject({ status: Number(status), contentType: 'application/problem+json' })
      expect(JSON.parse(got.body)).toMatchObject({ type: `urn:skald:problem:${code}`, status: Number(status) })
    },
  )
})

describe('after all of it', () => {
  it('no process was restarted', () => {
    expect(pidsNow()).toEqual(pids)
  })

  it('no service failed', async () => {
    const failures = await Promise.all(
      serviceProcesses.map(async (name) =>
        (await system.metrics(name)).split('\n').filter((line) => /_http_.*status="5/.test(line)),
      ),
    )

    expect(failures.flat()).toEqual([])
    expect(load.failedTries).toBe(0)
  })

  it('every order that was placed meanwhile is confirmed', { timeout: 120_000 }, async () => {
    // A fast machine is through with the requests before many orders were placed beside them.
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(10))
    await load.stop()

    const endings = await Promise.all(load.accepted.map(({ orderId }) => system.ended(orderId)))

    expect(endings.filter(({ order }) => order.status !== 'CONFIRMED')).toEqual([])
    expect(await system.verify()).toMatchObject({ violations: [] })
  })
})

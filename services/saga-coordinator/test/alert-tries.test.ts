import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMetrics, silentLogger } from '@skald/service'
import { eventually } from '@skald/testing'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import { alertOf } from '../src/alerts/alert.ts'
import { MAX_SENDINGS } from '../src/alerts/record-sending.ts'
import { sendAlerts } from '../src/alerts/send-alerts.ts'
import { alertTasks } from '../src/store/concern-tables.ts'
import type { SagaRow } from '../src/store/saga-tables.ts'
import { coordinating } from './coordinating.ts'

const HOUR_MS = 3_600_000
const MAX_IN_FLIGHT = 8

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

const saga = { saga_id: 's1', definition: 'order', version: 1, business_key: 'o1', status: 'RUNNING', state: null }

const write = (count: number) => {
  const inserts = Array.from({ length: count }, (_, index) => {
    const alert = alertOf(saga as SagaRow, { kind: 'stuck', sinceMs: index }, c.nowMs())
    return { id: alert.id, kind: 'alert', due_at: c.nowMs(), token: '', attempts: 0, body: alert }
  })
  return c.ports.store.transact([], () => {
    return { changes: [{ table: alertTasks, inserts, updates: [], upserts: [], deletes: [] }], result: undefined }
  })
}

const receiver = async (answer: (response: ServerResponse) => void): Promise<string> => {
  const server = createServer((request, response) => {
    request.resume()
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Each poll is so much later than the one before, unless something is on its way: no lease runs out here. */
const sending = (url: string, stepMs: number) => {
  let onTheirWay = 0
  let most = 0
  const submit: typeof c.ports.submit = async (handler, message) => {
    const reply = await c.ports.submit(handler, message)
    onTheirWay -= 1
    return reply
  }
  const claim: typeof c.ports.store.claim = async (...given) => {
    const taken = await c.ports.store.claim(...given)
    onTheirWay += taken.length
    most = Math.max(most, onTheirWay)
    return taken
  }
  const clock = {
    nowMs: c.nowMs,
    after: (_delayMs: number, then: () => void) => {
      const timer = setTimeout(() => {
        if (onTheirWay === 0) c.pass(stepMs)
        then()
      }, 1)
      return () => clearTimeout(timer)
    },
  }
  const metrics = createMetrics('saga-coordinator', { processMetrics: false })
  const stop = sendAlerts(
    { url, secret: 'a-secret-of-a-test' },
    { ...c.ports, store: { ...c.ports.store, claim }, submit, clock, metrics, logger: silentLogger },
  )
  return { stop, most: () => most, outcomes: async () => (await metrics.alerts.get()).values }
}

it('an alert that is refused is tried again, ever later, and given up at the bound', async () => {
  let refusals = 0
  const url = await receiver((response) => {
    refusals += 1
    response.writeHead(500).end()
  })
  await write(1)
  const { outcomes, stop } = sending(url, HOUR_MS)
  await eventually(() => expect(c.alerts()).toEqual([]), { timeoutMs: 25_000 })
  expect(refusals).toBe(MAX_SENDINGS)
  await eventually(async () => {
    expect(await outcomes()).toMatchObject([
      { labels: { outcome: 'again' }, value: MAX_SENDINGS - 1 },
      { labels: { outcome: 'given-up' }, value: 1 },
    ])
  })
  await stop()
})

it('a receiver that never answers has so many in hand and no more, and is given up on in time', async () => {
  let gone = 0
  const url = await receiver((response) => {
    response.on('close', () => {
      gone += 1
    })
  })
  await write(3 * MAX_IN_FLIGHT)
  const { stop, most } = sending(url, 1)
  await eventually(() => expect(gone).toBeGreaterThan(MAX_IN_FLIGHT), { timeoutMs: 25_000 })
  expect(most()).toBe(MAX_IN_FLIGHT)
  await stop()
})

import { codec } from '@skald/contracts'
import { deadLetters, type Observer, REPORT_DEAD_LETTER, type TableShape, tasks } from '@skald/messaging'
import { createMemoryStore, MemoryBus } from '@skald/testing'
import { expect, onTestFinished, test } from 'vitest'
import { processorOf } from './processor-of.ts'
import type { AppPorts } from './service.ts'

const silent = new Proxy({}, { get: () => () => undefined })
const HOUR_MS = 3_600_000
const LEASE_MS = 5_000

/** A service without handlers, to which one message is a dead letter; its database's clock is moved by hand. */
const service = async () => {
  let nowMs = 1_000
  const store = createMemoryStore({ nowMs: () => nowMs })
  const bus = new MemoryBus()
  let warnings = 0
  const clock = {
    nowMs: () => nowMs,
    after(delayMs: number, then: () => void) {
      const timer = setTimeout(then, Math.min(delayMs, 5))
      return () => clearTimeout(timer)
    },
  }
  const logger = { warn: () => (warnings += 1) }
  const ports = {
    store,
    bus,
    clock,
    logger,
    submit: (...[handler, message]: Parameters<AppPorts['submit']>) => processor.submit(handler, message),
  } as unknown as AppPorts
  const app = { handlers: [], lockOrder: [tasks], durables: [{ durable: 'd', maxInHand: 10 }], tasks: {} }
  const processor = processorOf('inventory-service', ports, app, silent as Observer)
  const reports = () => bus.published.filter(({ subject }) => subject === 'dead-letter.reported.v1')
  return {
    store,
    bus,
    reports,
    failed: () => warnings,
    pass: (ms: number) => {
      nowMs += ms
    },
    start: () => {
      processor.start()
      onTestFinished(() => processor.stop(1_000))
    },
    refuse: () => bus.deliver('d', 'no message', { subject: 'command.inventory.reserve.v1', msgId: 'm' }),
    task: () => store.all(tasks)[0],
  }
}

test('a dead letter is reported three times, ever later, under another id each, and no more', async () => {
  const { start, refuse, reports, pass, task, store } = await service()
  start()
  await refuse()
  await expect.poll(() => reports().length).toBe(1)
  await expect.poll(() => task()?.due_at).toBe(31_000)
  pass(30_000)
  await expect.poll(() => reports().length).toBe(2)
  await expect.poll(() => task()?.due_at).toBe(631_000)
  pass(600_000)
  await expect.poll(() => task()).toBe(undefined)
  expect(new Set(reports().map(({ msgId }) => msgId)).size).toBe(3)
  const [letter] = store.all(deadLetters)
  for (const { payload } of reports()) {
    const read = codec.decode(Buffer.from(payload))
    expect(read).toMatchObject({ ok: true, message: { data: { id: letter?.id, service: 'inventory-service' } } })
  }
})

test('a report that the broker did not take is no report, however often it was tried', async () => {
  const { start, refuse, reports, pass, task, bus, failed } = await service()
  start()
  bus.failing = true
  await refuse()
  for (let tries = 1; tries <= 5; tries += 1) {
    await expect.poll(failed).toBe(tries)
    expect(task()).toBeDefined()
    pass(HOUR_MS)
  }
  bus.failing = false
  await expect.poll(() => reports().length).toBeGreaterThan(0)
  await expect.poll(() => task()?.body).toMatchObject({ reports: 1 })
})

test('processes that die with the task in hand use no report up', async () => {
  const { start, reports, pass, task, store } = await service()
  const id = '01a20000-0000-7000-8000-000000000000'
  const text = { durable: 'd', subject: 's', message_id: null, type: null, reason: 'not-json', detail: '', payload: '' }
  const letter = { id, ...text, received_at: 0, status: 'OPEN' as const, redrives: [] }
  const kept = {
    id: `${REPORT_DEAD_LETTER}/${id}`,
    kind: REPORT_DEAD_LETTER,
    due_at: 0,
    token: '',
    attempts: 0,
    body: id,
  }
  const put = (table: TableShape, row: object) => ({ table, inserts: [], updates: [], upserts: [row], deletes: [] })
  await store.transact([], () => ({ changes: [put(deadLetters, letter), put(tasks, kept)], result: undefined }))
  for (let deaths = 0; deaths < 5; deaths += 1) {
    expect(await store.claim(tasks, [REPORT_DEAD_LETTER], 1, LEASE_MS)).toHaveLength(1)
    pass(LEASE_MS)
  }
  start()
  await expect.poll(() => task()?.body).toMatchObject({ reports: 1 })
  pass(30_000)
  await expect.poll(() => reports().length).toBe(2)
})

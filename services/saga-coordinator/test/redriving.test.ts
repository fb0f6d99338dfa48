import { deadLetterReported } from '@skald/contracts'
import { type AppPorts, processorOf } from '@skald/host'
import { derivedId, type Handler, type Message, type Observer, redriveMsgId, tasks } from '@skald/messaging'
import { createMemoryStore, MemoryBus } from '@skald/testing'
import { expect, onTestFinished, test } from 'vitest'
import { LOCK_ORDER } from '../src/coordinate.ts'
import { listDeadLetter } from '../src/letters/list-dead-letter.ts'
import { type OperateLetterReply, operateLetter } from '../src/letters/operate.ts'
import { REDRIVE, redriveTasks } from '../src/letters/redriving.ts'
import { auditEntries, auditFaults, auditHead, type LetterAction } from '../src/store/audit-tables.ts'
import { reportedDeadLetters } from '../src/store/dead-letter-table.ts'
import { historyInbox } from '../src/store/saga-tables.ts'

const silent = new Proxy({}, { get: () => () => undefined })
const LEASE_MS = 5_000
const LETTER = derivedId('letter', 0)
const TEXT = '{"id":"m1"}'

/** A coordinator with one dead letter of another service; its database's clock is moved by hand. */
const coordinator = async () => {
  let nowMs = 1_000
  let requests = 0
  const store = createMemoryStore({ nowMs: () => nowMs })
  const bus = new MemoryBus()
  const clock = {
    nowMs: () => nowMs,
    after(delayMs: number, then: () => void) {
      const timer = setTimeout(then, Math.min(delayMs, 5))
      return () => clearTimeout(timer)
    },
  }
  let failed = 0
  const logger = { warn: () => (failed += 1) }
  const submit = (...[handler, message]: Parameters<AppPorts['submit']>) => processor.submit(handler, message)
  const ports = { store, bus, clock, logger, submit } as unknown as AppPorts
  const app = {
    handlers: [listDeadLetter as Handler],
    lockOrder: [...LOCK_ORDER, reportedDeadLetters],
    inbox: historyInbox,
    durables: [],
    tasks: { [REDRIVE]: redriveTasks(ports) },
  }
  const processor = processorOf('saga-coordinator', ports, app, silent as Observer)
  const request = <Data>(type: string, data: Data): Message<Data> => {
    requests += 1
    const id = derivedId('request', requests, nowMs)
    return { id, type, source: '/t', subject: LETTER, time: new Date(nowMs).toISOString(), correlationId: id, data }
  }
  const report = (redrives: readonly string[] = [], detail = 'no saga') => {
    const about = { id: LETTER, service: 'payment-service', subject: 'command.payment.charge.v1', reason: 'r', detail }
    const bytes = { payload: Buffer.from(TEXT).toString('base64'), truncated: false }
    const receivedAt = new Date(nowMs).toISOString()
    const { type, data } = deadLetterReported({ ...about, ...bytes, receivedAt, redrives: [...redrives] })
    return processor.submit(listDeadLetter, request(type, data))
  }
  const act = async (action: LetterAction) => {
    const data = { letterId: LETTER, action, reason: 'why', actor: 'ada' }
    return (await processor.submit(
      operateLetter((subject) => bus.takes(subject)),
      request('act', data),
    )) as OperateLetterReply
  }
  processor.start()
  onTestFinished(() => processor.stop(1_000))
  await report()
  const letter = () => store.all(reportedDeadLetters)[0]
  return {
    act,
    bus,
    letter,
    report,
    store,
    failed: () => failed,
    redriveId: () => letter()?.redrive_id ?? '',
    redriveTask: () => store.all(tasks)[0],
    audit: () => store.all(auditEntries),
    auditFaults: () => [...auditFaults(store.all(auditEntries), store.all(auditHead)[0])],
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

test('a redrive is sent three times under one id, ever later, and no more', async () => {
  const { act, bus, letter, pass, redriveTask, redriveId } = await coordinator()
  await act('redrive')
  await expect.poll(() => letter()?.status).toBe('REDRIVEN')
  for (const [waitMs, sent] of [
    [30_000, 2],
    [600_000, 3],
  ] as const) {
    await expect.poll(() => redriveTask()?.token).toBeDefined()
    pass(waitMs)
    await expect.poll(() => bus.published.length).toBe(sent)
  }
  await expect.poll(redriveTask).toBe(undefined)
  const msgId = redriveMsgId({ letterId: LETTER, redriveId: redriveId() })
  const sending = { subject: 'command.payment.charge.v1', msgId, payload: TEXT }
  expect(bus.published).toEqual([sending, sending, sending])
})

test('a redrive that the broker did not take is never called REDRIVEN, and is sent when the broker is back', async () => {
  const { act, bus, letter, failed, pass } = await coordinator()
  bus.failing = true
  await act('redrive')
  for (let tries = 1; tries <= 3; tries += 1) {
    await expect.poll(failed).toBe(tries)
    expect(letter()).toMatchObject({ status: 'OPEN', sending: true })
    pass(LEASE_MS)
  }
  bus.failing = false
  await expect.poll(() => letter()).toMatchObject({ status: 'REDRIVEN', sending: false })
})

test('a redrive that is discarded before the broker took it is not sent', async () => {
  const { act, bus, letter, failed, pass, redriveTask } = await coordinator()
  bus.failing = true
  await act('redrive')
  await expect.poll(failed).toBe(1)
  expect(await act('redrive')).toMatchObject({ kind: 'refused', why: expect.stringContaining('being sent') })
  expect(await act('discard')).toMatchObject({ kind: 'done', answer: { status: 'DISCARDED', sending: false } })
  bus.failing = false
  pass(LEASE_MS)
  expect(redriveTask()).toBe(undefined)
  expect(letter()).toMatchObject({ status: 'DISCARDED' })
  expect(bus.published).toEqual([])
})

test('a letter is open again when its last redrive was refused, and is not sent any more', async () => {
  const { act, letter, report, pass, bus, redriveTask, redriveId } = await coordinator()
  await act('redrive')
  await expect.poll(() => letter()?.status).toBe('REDRIVEN')
  pass(10)
  await report([redriveId()], 'still no saga')
  expect(letter()).toMatchObject({ status: 'OPEN', refusals: 2, detail: 'still no saga', received_at: 1_010 })
  await expect.poll(redriveTask).toBe(undefined)
  await report([redriveId()])
  expect(letter()).toMatchObject({ refusals: 2 })
  expect(bus.published).toHaveLength(1)
})

test('a refusal that is told before the PubAck came opens the letter, and the PubAck changes nothing', async () => {
  const { act, letter, report, bus, redriveId, redriveTask } = await coordinator()
  const publish = bus.publish.bind(bus)
  const onTheirWay: (() => void)[] = []
  bus.publish = async (publication) => {
    await new Promise<void>((resolve) => onTheirWay.push(resolve))
    return publish(publication)
  }
  await act('redrive')
  await expect.poll(() => onTheirWay.length).toBe(1)
  expect(letter()).toMatchObject({ status: 'OPEN', sending: true })
  await report([redriveId()])
  expect(letter()).toMatchObject({ status: 'OPEN', sending: false, refusals: 2 })
  onTheirWay[0]?.()
  await expect.poll(() => bus.published.length).toBe(1)
  await expect.poll(redriveTask).toBe(undefined)
  expect(letter()).toMatchObject({ status: 'OPEN', sending: false, refusals: 2 })
})

test('late reports of earlier refusals, and of redrives that nobody asked for, open nothing', async () => {
  const { act, letter, report, redriveId } = await coordinator()
  await act('redrive')
  await expect.poll(() => letter()?.status).toBe('REDRIVEN')
  const first = redriveId()
  await report([first])
  await act('redrive')
  await expect.poll(() => letter()?.status).toBe('REDRIVEN')
  await report([])
  await report([first])
  await report([derivedId('somebody', 0)])
  expect(letter()).toMatchObject({ status: 'REDRIVEN', refusals: 2 })
  await report([first, redriveId()])
  expect(letter()).toMatchObject({ status: 'OPEN', refusals: 3 })
  await act('discard')
  await report([first, redriveId()])
  expect(letter()).toMatchObject({ status: 'DISCARDED', refusals: 3 })
})

test('processes that die with a redrive in hand neither lose it nor say that it was sent', async () => {
  const { act, letter, store, pass, bus } = await coordinator()
  bus.failing = true
  await act('redrive')
  for (let deaths = 0; deaths < 3; deaths += 1) {
    pass(LEASE_MS)
    await store.claim(tasks, [REDRIVE], 1, LEASE_MS)
    expect(letter()).toMatchObject({ status: 'OPEN', sending: true })
  }
  bus.failing = false
  pass(LEASE_MS)
  await expect.poll(() => letter()?.status).toBe('REDRIVEN')
})

test('what is done to letters is in the one audit', async () => {
  const { act, audit, auditFaults, letter } = await coordinator()
  await act('redrive')
  await expect.poll(() => letter()?.status).toBe('REDRIVEN')
  expect(await act('discard')).toMatchObject({ kind: 'settled' })
  const [entry, ...others] = audit()
  expect(entry).toMatchObject({ id: letter()?.redrive_id, action: 'redrive', letter_id: LETTER, saga_id: null, seq: 1 })
  expect(others).toEqual([])
  expect(auditFaults()).toEqual([])
})

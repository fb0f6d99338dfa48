import { describe, expect, it } from 'vitest'
import { ack, idsOf, isKept, payment, publishAll, type Scene } from './broker-under-test.ts'

export const publishingContract = (open: () => Promise<Scene>): void => {
  describe('a publication', () => storing(open))
  describe('a publication whose PubAck does not come', () => notStoring(open))
  describe('a publication to a broker', () => standingStill(open))
}

const storing = (open: () => Promise<Scene>): void => {
  it('is told its stream and its place there', async () => {
    const { broker } = await open()
    const { bus } = await broker.join()
    const command = { subject: 'command.payment.charge.v1', msgId: 'c', payload: '' }
    expect(await bus.publish(payment('a'))).toEqual({ stream: 'EVENTS', sequence: 1, duplicate: false })
    expect(await bus.publish(payment('b'))).toEqual({ stream: 'EVENTS', sequence: 2, duplicate: false })
    expect(await bus.publish(command)).toEqual({ stream: 'COMMANDS', sequence: 1, duplicate: false })
  })

  it('with an id that the stream knows is not stored, on whatever subject it comes; another stream takes it', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const read = scene.read(process, { onDelivery: ack })
    await process.bus.publish(payment('a'))
    const same = { stream: 'EVENTS', sequence: 1, duplicate: true }
    expect(await process.bus.publish(payment('a'))).toEqual(same)
    expect(await process.bus.publish(payment('a', 'payment.failed.v1'))).toEqual(same)
    expect(await process.bus.publish(payment('a', 'inventory.reserved.v1'))).toEqual(same)
    const inOther = await process.bus.publish(payment('a', 'command.payment.charge.v1'))
    expect(inOther).toEqual({ stream: 'COMMANDS', sequence: 1, duplicate: false })
    await publishAll(process, 'end')
    await scene.handed(read, 2)
    expect(idsOf(read)).toEqual(['a', 'end'])
  })

  it('is stored again after the window, which repeats within it do not make longer', async () => {
    const scene = await open()
    const { dedupeWindowMs, slackMs } = scene.broker.times
    const { bus } = await scene.broker.join()
    const sentMs = scene.broker.nowMs()
    await bus.publish(payment('a'))
    const storedMs = scene.broker.nowMs()
    let repeats = 0
    await scene.until('the id is forgotten', async () => {
      const { duplicate, sequence } = await bus.publish(payment('a'))
      repeats++
      expect(sequence).toBe(duplicate ? 1 : 2)
      return !duplicate
    })
    expect(repeats).toBeGreaterThan(3)
    expect(scene.broker.nowMs() - sentMs).toBeGreaterThanOrEqual(dedupeWindowMs)
    expect(scene.broker.nowMs() - storedMs).toBeLessThanOrEqual(dedupeWindowMs + slackMs)
    // The window of the second one began when it was stored.
    expect(await bus.publish(payment('a'))).toMatchObject({ sequence: 2, duplicate: true })
  })
}

const notStoring = (open: () => Promise<Scene>): void => {
  it('since no stream takes it is refused at once, and stored nowhere', async () => {
    const { broker } = await open()
    const { bus } = await broker.join()
    const sentMs = broker.nowMs()
    await expect(bus.publish(payment('a', 'audit.written.v1'))).rejects.toThrow(/no stream/)
    expect(broker.nowMs() - sentMs).toBeLessThanOrEqual(broker.times.slackMs)
    expect(await bus.publish(payment('a'))).toMatchObject({ sequence: 1, duplicate: false })
  })

  it('since it was lost is stored, and known when it is said again', async () => {
    const { broker } = await open()
    const process = await broker.join()
    const found = process.lose('PubAck')
    await expect(process.bus.publish(payment('a'))).rejects.toThrow('no PubAck')
    found()
    expect(await process.bus.publish(payment('a'))).toEqual({ stream: 'EVENTS', sequence: 1, duplicate: true })
  })

  it('since the publication was lost is unknown when it is said again', async () => {
    const { broker } = await open()
    const process = await broker.join()
    const found = process.lose('publication')
    await expect(process.bus.publish(payment('a'))).rejects.toThrow('no PubAck')
    found()
    expect(await process.bus.publish(payment('a'))).toMatchObject({ sequence: 1, duplicate: false })
  })
}

const standingStill = (open: () => Promise<Scene>): void => {
  it('that stands still is given up, may be stored all the same, and is there once', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const { patienceMs } = scene.broker.times
    await scene.broker.freeze(patienceMs)
    const frozenMs = scene.broker.nowMs()
    const read = scene.read(process, { onDelivery: ack })
    const asked = [process.bus.publish(payment('a')), process.bus.progress()]
    const [published, progress] = await Promise.allSettled(asked)
    expect(published).toMatchObject({ status: 'rejected' })
    expect(progress).toMatchObject({ status: 'rejected' })
    await scene.until('the broker goes on', () => isKept(process.bus.progress()))
    expect(scene.broker.nowMs() - frozenMs).toBeGreaterThanOrEqual(patienceMs * 0.95)
    expect(await process.bus.publish(payment('a'))).toEqual({ stream: 'EVENTS', sequence: 1, duplicate: true })
    await publishAll(process, 'end')
    await scene.handed(read, 2)
    expect(idsOf(read)).toEqual(['a', 'end'])
  })

  it('that stands still for a moment is answered after it, as is a question', async () => {
    const { broker } = await open()
    const { bus } = await broker.join()
    await broker.freeze(300)
    const frozenMs = broker.nowMs()
    const [acked, progress] = await Promise.all([bus.publish(payment('a')), bus.progress()])
    expect(acked).toMatchObject({ sequence: 1, duplicate: false })
    expect(progress.streams['EVENTS']).toBeDefined()
    expect(broker.nowMs() - frozenMs).toBeGreaterThanOrEqual(250)
  })
}

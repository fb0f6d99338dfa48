import { describe, expect, it } from 'vitest'
import { ack, countsOf, type Handed, idsOf, PAYMENTS, payment, publishAll, type Scene } from './broker-under-test.ts'

/** How long after the one before each handing-out came. */
const gapsOf = ({ all }: Handed): number[] =>
  all.slice(1).map(({ atMs }, before) => atMs - (all[before]?.atMs ?? Number.NaN))

export const deliveryContract = (open: () => Promise<Scene>): void => {
  describe('a delivery', () => handingOut(open))
  describe('a delivery', () => settling(open))
  describe('a delivery', () => settlingLate(open))
}

const handingOut = (open: () => Promise<Scene>): void => {
  it('carries what was published, in the order of the stream, from its begin', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    await publishAll(process, 'a')
    await process.bus.publish(payment('other', 'inventory.reserved.v1'))
    await process.bus.publish(payment('b', 'payment.failed.v1'))
    const read = scene.read(process, { onDelivery: ack })
    await scene.handed(read, 2)
    await publishAll(process, 'c', 'd', 'e')
    await scene.handed(read, 5)
    expect(idsOf(read)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(read.all.map(({ delivery }) => delivery.sequence)).toEqual([1, 3, 4, 5, 6])
    const second = read.all[1]?.delivery
    expect(second).toMatchObject({ durable: PAYMENTS, subject: 'payment.failed.v1', deliveries: 1 })
    expect(Buffer.from(second?.payload ?? '').toString()).toBe('of b')
    await scene.drained(process)
    const progress = (await process.bus.progress()).durables[PAYMENTS]
    expect(progress).toEqual({ stream: 'EVENTS', ackFloor: 6, pending: 0, unacked: 0 })
  })

  it('comes again after the ack wait and not before, again and again, until it is acked', async () => {
    const scene = await open()
    const { ackWaitMs, slackMs } = scene.broker.times
    const process = await scene.broker.join()
    await publishAll(process, 'a')
    const read = scene.read(process, {
      onDelivery: (delivery) => (delivery.deliveries === 3 ? delivery.ack() : undefined),
    })
    await scene.handed(read, 3)
    await scene.drained(process)
    expect(countsOf(read)).toEqual([1, 2, 3])
    for (const gap of gapsOf(read)) {
      expect(gap).toBeGreaterThanOrEqual(ackWaitMs * 0.95)
      expect(gap).toBeLessThanOrEqual(ackWaitMs + slackMs)
    }
  })

  it('that is worked on comes again an ack wait after the last word of it', async () => {
    const scene = await open()
    const { ackWaitMs } = scene.broker.times
    const process = await scene.broker.join()
    await publishAll(process, 'idle', 'busy')
    const read = scene.read(process)
    await scene.handed(read, 2)
    const [idle, busy] = read.all
    idle?.delivery.ack()
    let saidMs = scene.broker.nowMs()
    await scene.until('two ack waits have passed', () => {
      if (scene.broker.nowMs() - saidMs > ackWaitMs / 4) {
        busy?.delivery.working()
        saidMs = scene.broker.nowMs()
      }
      return scene.broker.nowMs() - (busy?.atMs ?? 0) > ackWaitMs * 2
    })
    expect(read.all).toHaveLength(2)
    await scene.handed(read, 3)
    expect(idsOf(read)).toEqual(['idle', 'busy', 'busy'])
    expect((read.all[2]?.atMs ?? 0) - saidMs).toBeGreaterThanOrEqual(ackWaitMs * 0.95)
  })
}

const settling = (open: () => Promise<Scene>): void => {
  it('that is given back comes again after its delay, be that shorter or longer than the ack wait', async () => {
    const scene = await open()
    const { ackWaitMs, slackMs } = scene.broker.times
    const process = await scene.broker.join()
    const delays = [ackWaitMs / 5, ackWaitMs * 1.5, 0]
    const read = scene.read(process, {
      onDelivery: (delivery) => {
        const delayMs = delays[delivery.deliveries - 1]
        if (delayMs === undefined) delivery.ack()
        else delivery.nak(delayMs)
      },
    })
    await publishAll(process, 'a')
    await scene.handed(read, 4)
    await scene.drained(process)
    expect(countsOf(read)).toEqual([1, 2, 3, 4])
    for (const [at, gap] of gapsOf(read).entries()) {
      expect(gap).toBeGreaterThanOrEqual((delays[at] ?? 0) * 0.95)
      expect(gap).toBeLessThanOrEqual((delays[at] ?? 0) + slackMs)
    }
  })

  it('is never given up by the broker', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const read = scene.read(process, {
      onDelivery: (delivery) => (delivery.deliveries < 40 ? delivery.nak(0) : delivery.ack()),
    })
    await publishAll(process, 'a')
    await scene.handed(read, 40)
    expect(countsOf(read)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
    await scene.drained(process)
  })

  it('is settled by its first word alone', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const read = scene.read(process, {
      onDelivery: (delivery) => {
        if (delivery.msgId === 'a') delivery.ack()
        delivery.nak(0)
        delivery.ack()
        delivery.working()
      },
    })
    await publishAll(process, 'a', 'b')
    await scene.handed(read, 12)
    expect(new Set(idsOf(read).slice(1))).toEqual(new Set(['b']))
  })
}

const settlingLate = (open: () => Promise<Scene>): void => {
  it('may be acked late, while it is out a second time: then it does not come a third time', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    await publishAll(process, 'a')
    const read = scene.read(process)
    await scene.handed(read, 2)
    read.all[0]?.delivery.ack()
    await scene.drained(process)
    await scene.untilPassed(scene.broker.times.ackWaitMs * 1.5)
    expect(countsOf(read)).toEqual([1, 2])
  })

  it('may be given back late, while it is out a second time: then it comes a third time at once', async () => {
    const scene = await open()
    const { ackWaitMs } = scene.broker.times
    const process = await scene.broker.join()
    await publishAll(process, 'a')
    const read = scene.read(process)
    await scene.handed(read, 2)
    read.all[0]?.delivery.nak(0)
    await scene.handed(read, 3)
    expect(countsOf(read)).toEqual([1, 2, 3])
    expect(gapsOf(read)[1]).toBeLessThan(ackWaitMs * 0.9)
  })

  it('whose ack is lost comes again after the ack wait', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const read = scene.read(process, { onDelivery: ack })
    const found = process.lose('ack')
    await publishAll(process, 'a')
    await scene.handed(read, 1)
    await scene.until('the ack has left', async () => {
      return scene.broker.nowMs() - (read.all[0]?.atMs ?? 0) > scene.broker.times.ackWaitMs / 2
    })
    found()
    await scene.handed(read, 2)
    await scene.drained(process)
    expect(countsOf(read)).toEqual([1, 2])
    expect(gapsOf(read)[0]).toBeGreaterThanOrEqual(scene.broker.times.ackWaitMs * 0.95)
  })
}

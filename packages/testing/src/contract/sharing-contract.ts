import type { Delivery } from '@skald/messaging'
import { describe, expect, it } from 'vitest'
import {
  ack,
  countsOf,
  idsOf,
  MAX_UNACKED,
  PAYMENTS,
  payment,
  publishAll,
  type Scene,
  UNROUTED,
} from './broker-under-test.ts'

const named = (count: number): string[] => Array.from({ length: count }, (_, at) => `m${at}`)

export const sharingContract = (open: () => Promise<Scene>): void => {
  describe('a durable', () => keepingRoom(open))
  describe('a durable of several processes', () => sharing(open))
  describe('a durable', () => choosing(open))
}

const keepingRoom = (open: () => Promise<Scene>): void => {
  it('never gives a reader more than it has room for, and goes on when something is settled', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    await publishAll(process, ...named(12))
    let inHand = 0
    let most = 0
    const waiting: Delivery[] = []
    const read = scene.read(process, {
      maxInHand: 3,
      onDelivery: (delivery) => {
        most = Math.max(most, ++inHand)
        waiting.push(delivery)
      },
    })
    await scene.until('all have come', () => {
      // One at a time, and only from full hands: as slow as a reader can be.
      if (inHand === 3 || read.all.length > 9) {
        if (waiting.length > 0) inHand--
        waiting.shift()?.ack()
      }
      return read.all.length === 12
    })
    expect(most).toBe(3)
    expect(idsOf(read)).toEqual(named(12))
  })

  it('gives all its readers together no more than may be unacked', async () => {
    const scene = await open()
    const [one, other] = [await scene.broker.join(), await scene.broker.join()]
    await publishAll(one, ...named(MAX_UNACKED + 4))
    const reads = [scene.read(one), scene.read(other)]
    const all = (): Delivery[] => reads.flatMap((read) => read.all.map(({ delivery }) => delivery))
    await scene.until('as many are out as may be', () => all().length >= MAX_UNACKED)
    const progress = (await one.bus.progress()).durables[PAYMENTS]
    expect(progress).toMatchObject({ pending: 4, unacked: MAX_UNACKED })
    expect(all().every(({ deliveries }) => deliveries === 1)).toBe(true)
    all()[0]?.ack()
    const ackedMs = scene.broker.nowMs()
    await scene.until('a new one is out', () => all().some(({ sequence }) => sequence === MAX_UNACKED + 1))
    expect(scene.broker.nowMs() - ackedMs).toBeLessThanOrEqual(scene.broker.times.slackMs)
    expect((await one.bus.progress()).durables[PAYMENTS]).toMatchObject({ pending: 3, unacked: MAX_UNACKED })
  })

  it('gives a reader that pauses no more than it had asked for, and the rest when it goes on', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const read = scene.read(process, { maxInHand: 4, onDelivery: ack })
    read.subscription.pause()
    await publishAll(process, ...named(20))
    await scene.until('nobody acks any more', async () => {
      return (await process.bus.progress()).durables[PAYMENTS]?.unacked === 0
    })
    expect(read.all.length).toBeLessThanOrEqual(4)
    read.subscription.resume()
    await scene.handed(read, 20)
    expect(idsOf(read)).toEqual(named(20))
  })
}

const sharing = (open: () => Promise<Scene>): void => {
  it('gives each message to one of the processes that read it', async () => {
    const scene = await open()
    const [one, other] = [await scene.broker.join(), await scene.broker.join()]
    const reads = [scene.read(one, { onDelivery: ack }), scene.read(other, { onDelivery: ack })]
    await publishAll(one, ...named(40))
    await scene.drained(one)
    expect(new Set(reads.flatMap(idsOf))).toEqual(new Set(named(40)))
    expect(reads.flatMap(idsOf)).toHaveLength(40)
    expect(new Set(reads.flatMap(countsOf))).toEqual(new Set([1]))
  })

  it('gives what a process had in hand that left to another one, after the ack wait and not before', async () => {
    const scene = await open()
    const { ackWaitMs } = scene.broker.times
    const [one, other] = [await scene.broker.join(), await scene.broker.join()]
    await publishAll(one, 'a', 'b')
    const lost = scene.read(one)
    await scene.handed(lost, 2)
    const read = scene.read(other, { onDelivery: ack })
    await one.leave()
    await scene.handed(read, 2)
    await scene.drained(other)
    expect(idsOf(read)).toEqual(['a', 'b'])
    expect(countsOf(read)).toEqual([2, 2])
    for (const { atMs } of read.all) expect(atMs - (lost.all[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(ackWaitMs * 0.95)
  })
}

const choosing = (open: () => Promise<Scene>): void => {
  it('gives what is new while something is away: what comes again comes out of order', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    await publishAll(process, 'a', 'b')
    const read = scene.read(process, {
      maxInHand: 1,
      onDelivery: (delivery) =>
        delivery.deliveries === 1 && delivery.msgId === 'a' ? delivery.nak(200) : delivery.ack(),
    })
    await scene.handed(read, 3)
    expect(idsOf(read)).toEqual(['a', 'b', 'a'])
  })

  it('leaves subjects to another durable of its service', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const starts = scene.read(process, { durable: 'saga-coordinator-starts', onDelivery: ack })
    const rest = scene.read(process, { durable: 'saga-coordinator-order', onDelivery: ack })
    await process.bus.publish(payment('a', 'order.created.v1'))
    await process.bus.publish(payment('b', 'order.confirmed.v1'))
    await scene.handed(starts, 1)
    await scene.handed(rest, 1)
    expect([idsOf(starts), idsOf(rest)]).toEqual([['a'], ['b']])
  })

  it('that takes what nobody reads gets all of it, and again what it gives back', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    await process.bus.publish(payment('read', 'command.payment.charge.v1'))
    for (const id of ['a', 'b']) await process.bus.publish(payment(id, `command.unheard.${id}.v1`))
    const read = scene.read(process, {
      durable: UNROUTED,
      onDelivery: (delivery) => (delivery.msgId === 'b' && delivery.deliveries < 2 ? delivery.nak(10) : delivery.ack()),
    })
    await scene.handed(read, 3)
    expect(idsOf(read)).toEqual(['a', 'b', 'b'])
    expect(countsOf(read)).toEqual([1, 1, 2])
  })
}

import { describe, expect, it } from 'vitest'
import {
  countsOf,
  idsOf,
  isKept,
  PAYMENTS,
  type Process,
  payment,
  publishAll,
  type Scene,
} from './broker-under-test.ts'

const BACK_AFTER_MS = 300

const incarnationOf = async ({ bus }: Process): Promise<string | undefined> =>
  (await bus.progress()).streams['EVENTS']?.incarnation

/** Until the stream stands, under another incarnation than before. */
const untilMadeAnew = (scene: Scene, process: Process, before: string | undefined): Promise<void> =>
  scene.until('the stream is made anew', async () => {
    try {
      const { streams, durables } = await process.bus.progress()
      return streams['EVENTS'] !== undefined && streams['EVENTS'].incarnation !== before && PAYMENTS in durables
    } catch {
      return false
    }
  })

export const lossContract = (open: () => Promise<Scene>): void => {
  describe('what is lost', () => losing(open))
  describe('what is lost', () => losingAndSettling(open))
}

const losing = (open: () => Promise<Scene>): void => {
  it('with a durable comes again from the begin of the stream, acked or not, as if for the first time', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const read = scene.read(process, {
      onDelivery: (delivery) => (delivery.msgId === 'b' ? undefined : delivery.ack()),
    })
    await publishAll(process, 'a', 'b', 'c')
    await scene.handed(read, 3)
    await scene.broker.loseDurable(PAYMENTS, BACK_AFTER_MS)
    expect((await process.bus.progress()).durables).toEqual({})
    const before = read.all.length
    await scene.handed(read, before + 3)
    expect(idsOf(read).slice(before, before + 3)).toEqual(['a', 'b', 'c'])
    expect(countsOf(read).slice(before, before + 3)).toEqual([1, 1, 1])
    expect(await incarnationOf(process)).toBeDefined()
  })

  it('with its store is gone: another incarnation, places from 1, and no id is known', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const read = scene.read(process)
    await publishAll(process, 'a', 'b')
    await scene.handed(read, 2)
    const before = await incarnationOf(process)
    await scene.broker.loseStore(BACK_AFTER_MS)
    expect(await process.bus.progress()).toEqual({ streams: {}, durables: {} })
    await expect(process.bus.publish(payment('a'))).rejects.toThrow(/no stream/)
    await untilMadeAnew(scene, process, before)
    expect((await process.bus.progress()).durables[PAYMENTS]).toMatchObject({ ackFloor: 0, pending: 0, unacked: 0 })
    expect(await process.bus.publish(payment('b'))).toEqual({ stream: 'EVENTS', sequence: 1, duplicate: false })
    await scene.handed(read, 3)
    expect(read.all[2]?.delivery).toMatchObject({ msgId: 'b', deliveries: 1, sequence: 1 })
    await scene.untilPassed(scene.broker.times.ackWaitMs * 1.5)
    expect(idsOf(read)).not.toContain(undefined)
    expect(idsOf(read).slice(2)).not.toContain('a')
  })
}

const losingAndSettling = (open: () => Promise<Scene>): void => {
  it('with its store can be acked in vain: the ack settles what has the place in the new stream', async () => {
    const scene = await open()
    const process = await scene.broker.join()
    const read = scene.read(process)
    await publishAll(process, 'old')
    await scene.handed(read, 1)
    const before = await incarnationOf(process)
    await scene.broker.loseStore(BACK_AFTER_MS)
    await untilMadeAnew(scene, process, before)
    await publishAll(process, 'new')
    await scene.handed(read, 2)
    read.all[0]?.delivery.ack()
    await scene.drained(process)
    expect(idsOf(read)).toEqual(['old', 'new'])
  })

  it('with a connection is said again and comes again: nothing is missing, nothing stands twice', async () => {
    const scene = await open()
    const [one, other] = [await scene.broker.join(), await scene.broker.join()]
    const read = scene.read(one)
    await publishAll(one, 'a')
    await scene.handed(read, 1)
    await one.disconnect(BACK_AFTER_MS)
    expect(await isKept(one.bus.publish(payment('b')))).toBe(false)
    await publishAll(other, 'c')
    await scene.until('it is said', () => isKept(one.bus.publish(payment('b'))))
    await scene.until('all have come', () => ['a', 'b', 'c'].every((id) => idsOf(read).slice(1).includes(id)))
    for (const { delivery } of read.all) delivery.ack()
    await scene.drained(other)
    expect((await other.bus.progress()).streams['EVENTS']).toMatchObject({ lastSequence: 3 })
  })
}

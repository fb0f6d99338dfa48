import { type Handler, inbox, type Store, StoreError } from '@skald/messaging'
import { eventually } from '@skald/testing'
import { describe, expect, it } from 'vitest'
import { boxes, message, type ProcessingOptions, processing, put, was } from '../test/processing.ts'

describe('a message', () => {
  it('changes its rows, is remembered with what it made us say, and is acked after that was published', async () => {
    const { deliver, box, said, inboxRows } = processing()
    expect(await deliver(message('m1', 'a', 3))).toEqual({ how: 'ack' })
    expect(box('a')).toBe(3)
    expect(inboxRows()).toMatchObject([{ message_id: 'm1', outputs: [was('a', 3)] }])
    expect(said()).toMatchObject([{ type: 'was-put.v1', causationId: 'm1', correlationId: 'c', data: { content: 3 } }])
  })

  it('is not handled a second time: its outputs are said again, byte for byte', async () => {
    const { deliver, box, bus } = processing()
    await deliver(message('m1', 'a', 3))
    await deliver(message('m1', 'a', 3), { deliveries: 2 })
    expect(box('a')).toBe(3)
    expect(bus.published).toHaveLength(2)
    expect(bus.published[1]).toEqual(bus.published[0])
  })

  it('that comes for the first time is guessed to be new; a wrong guess is made once, and costs no delivery', async () => {
    let wrong = 0
    const guessing = (store: Store): Store => ({
      ...store,
      claim: (...args) => store.claim(...args),
      async transact(reads, decide) {
        const guessed = reads.flatMap(({ table, fresh }) => (table === inbox.table ? [...(fresh ?? [])] : []))
        if (guessed.some((id) => inboxRows().some(({ message_id }) => message_id === id))) {
          wrong += 1
          throw new StoreError('transient', 'it was there', '23505')
        }
        return store.transact(reads, decide)
      },
    })
    const { deliver, box, bus, inboxRows } = processing({ wrap: guessing })
    await deliver(message('m1', 'a', 3))
    expect(wrong).toBe(0)
    expect(await deliver(message('m1', 'a', 3))).toEqual({ how: 'ack' })
    expect(wrong).toBe(1)
    // What was delivered before is not guessed about.
    expect(await deliver(message('m1', 'a', 3), { deliveries: 2 })).toEqual({ how: 'ack' })
    expect(wrong).toBe(1)
    expect(box('a')).toBe(3)
    expect(bus.published).toHaveLength(3)
  })

  it('that is a repeat is answered under its number, so that the broker does not swallow the answer', async () => {
    const { deliver, said } = processing()
    await deliver(message('m1', 'a', 3))
    await deliver(message('m1', 'a', 3), { msgId: 'm1:2' })
    const [first, again] = said()
    expect(again?.id).toBe(first?.id)
    expect(again?.msgId).toBe(`${first?.id}:2`)
  })

  it('with a known id and other content is a dead letter and changes nothing', async () => {
    const { deliver, box, letters } = processing()
    await deliver(message('m1', 'a', 3))
    expect(await deliver(message('m1', 'a', 4))).toEqual({ how: 'ack' })
    expect(box('a')).toBe(3)
    expect(letters()).toMatchObject([{ reason: 'other-content', message_id: 'm1', status: 'OPEN' }])
  })

  it('twice in one batch is handled once', async () => {
    const { deliver, box } = processing()
    await Promise.all([deliver(message('m1', 'a', 3)), deliver(message('m1', 'a', 3)), deliver(message('m2', 'a', 1))])
    expect(box('a')).toBe(4)
  })

  it('is given back when what it said cannot be published, and says it when it comes again', async () => {
    const { deliver, bus, box } = processing()
    bus.failing = true
    expect(await deliver(message('m1', 'a', 3))).toMatchObject({ how: 'nak' })
    bus.failing = false
    expect(await deliver(message('m1', 'a', 3), { deliveries: 2 })).toEqual({ how: 'ack' })
    expect(box('a')).toBe(3)
    expect(bus.published).toHaveLength(1)
  })
})

describe('a handler that throws', () => {
  it('fails its own message only; the others of the batch are handled', async () => {
    const { deliver, box } = processing()
    const settled = await Promise.all([1, -1, 2].map((amount, index) => deliver(message(`m${index}`, 'a', amount))))
    expect(settled.map(({ how }) => how)).toEqual(['ack', 'nak', 'ack'])
    expect(box('a')).toBe(3)
  })

  it('leaves a dead letter at the fifth try', async () => {
    const { deliver, letters } = processing()
    expect(await deliver(message('m1', 'a', -1), { deliveries: 5 })).toEqual({ how: 'ack' })
    expect(letters()).toMatchObject([{ reason: 'handler-failed', detail: 'a bug' }])
  })

  it('for every message of a type pauses the consumer and gives none of them up, until one succeeds', async () => {
    const { deliver, letters, processor, bus } = processing()
    for (let index = 0; index < 10; index += 1) await deliver(message(`m${index}`, 'a', -1))
    expect(processor.trouble().get('d')).toContain('put.v1')
    expect(bus.paused.has('d')).toBe(true)
    expect(await deliver(message('m0', 'a', -1), { deliveries: 9 })).toMatchObject({ how: 'nak' })
    expect(letters()).toEqual([])
    await deliver(message('good', 'a', 1))
    expect(processor.trouble().size).toBe(0)
  })
})

describe('a store that fails', () => {
  it('for one message only makes that one a dead letter, however large the batch', async () => {
    const refuses: ProcessingOptions = {
      store: { checks: { box: (row) => (row as { content: number }).content < 100 } },
    }
    const { deliver, box, letters } = processing(refuses)
    const settled = await Promise.all(
      Array.from({ length: 20 }, (_, index) => deliver(message(`m${index}`, `box${index}`, index === 7 ? 100 : 1))),
    )
    expect(settled.every(({ how }) => how === 'ack')).toBe(true)
    expect(letters()).toMatchObject([{ reason: 'not-storable', message_id: 'm7' }])
    expect(box('box7')).toBeUndefined()
    expect(box('box19')).toBe(1)
  })

  it('for a moment gives the messages back', async () => {
    let broken = true
    const { deliver, box } = processing({
      wrap: (store) => ({
        ...store,
        claim: store.claim.bind(store),
        transact: (reads, decide) =>
          broken ? Promise.reject(new StoreError('transient', 'gone', '57P01')) : store.transact(reads, decide),
      }),
    })
    expect(await deliver(message('m1', 'a', 1))).toMatchObject({ how: 'nak' })
    broken = false
    expect(await deliver(message('m1', 'a', 1))).toEqual({ how: 'ack' })
    expect(box('a')).toBe(1)
  })

  it('because somebody else was first decides the batch again', async () => {
    let races = 0
    const { deliver, box } = processing({
      wrap: (store) => ({
        ...store,
        claim: store.claim.bind(store),
        async transact(reads, decide) {
          races += 1
          if (races < 4) throw new StoreError('transient', 'duplicate key', '23505')
          return store.transact(reads, decide)
        },
      }),
    })
    expect(await deliver(message('m1', 'a', 1))).toEqual({ how: 'ack' })
    expect(box('a')).toBe(1)
    expect(races).toBe(4)
  })

  it('because a table is missing pauses the consumer and says so', async () => {
    const { deliver, processor } = processing({
      wrap: (store) => ({
        ...store,
        claim: store.claim.bind(store),
        transact: () => Promise.reject(new StoreError('broken', 'relation "box" does not exist', '42P01')),
      }),
    })
    expect(await deliver(message('m1', 'a', 1))).toMatchObject({ how: 'nak' })
    expect(processor.trouble().get('d')).toContain('relation "box" does not exist')
  })
})

describe('a request', () => {
  it('is handled in the same batches and answered after the commit', async () => {
    const answering: Handler<{ box: string; amount: number }> = {
      ...put,
      decide: (each, rows, turn) => ({
        ...put.decide(each, rows, turn),
        reply: rows.get(boxes, each.data.box)?.content,
      }),
    }
    const { processor, box, inboxRows, said } = processing()
    const request = { ...message('r1', 'a', 5), data: { box: 'a', amount: 5 } }
    expect(await processor.submit(answering, request)).toBe(5)
    expect(box('a')).toBe(5)
    expect(inboxRows()).toEqual([])
    await eventually(() => expect(said()).toHaveLength(1))
  })

  it('is answered while the broker is away, and what it said is said when the broker is back', async () => {
    const { processor, bus, said } = processing()
    const request = (id: string) => ({ ...message(id, 'a', 5), data: { box: 'a', amount: 5 } })
    bus.failing = true
    await processor.submit(put, request('r1'))
    await processor.submit(put, request('r2'))
    bus.failing = false
    await eventually(() => expect(said()).toMatchObject([{ causationId: 'r1' }, { causationId: 'r2' }]))
  })
})

describe('a row that is named as read-only', () => {
  const copying: Handler<{ box: string; amount: number }> = {
    ...put,
    rows: () => [
      { table: boxes, key: 'a', readOnly: true },
      { table: boxes, key: 'b' },
    ],
    decide: (_each, rows) => {
      rows.put(boxes, { id: 'b', content: rows.get(boxes, 'a')?.content ?? -1 })
      return {}
    },
  }

  it('can be looked at beside rows that are written', async () => {
    const { deliver, processor, box } = processing()
    await deliver(message('m1', 'a', 3))
    await processor.submit(copying, { ...message('r1', 'b', 0), data: { box: 'b', amount: 0 } })
    expect(box('b')).toBe(3)
  })

  it('cannot be written', async () => {
    const wrong: Handler<{ box: string; amount: number }> = {
      ...put,
      rows: () => [{ table: boxes, key: 'a', readOnly: true }],
    }
    const { deliver, box, letters } = processing({ handlers: [wrong as Handler] })
    await deliver(message('m1', 'a', 3), { deliveries: 5 })
    expect(box('a')).toBeUndefined()
    expect(letters()).toMatchObject([{ detail: expect.stringContaining('read-only') as string }])
  })
})

describe('a command that is left open', () => {
  it('is remembered only when its answer is known, which goes out as the reply to it', async () => {
    const open: Handler<{ box: string; amount: number }> = { ...put, decide: () => ({ open: true }) }
    const { deliver, processor, inboxRows, said } = processing({ handlers: [open as Handler] })
    const command = message('m1', 'a', 3)
    expect(await deliver(command)).toEqual({ how: 'ack' })
    expect(inboxRows()).toEqual([])
    const closing: Handler<null> = {
      type: 'request:close',
      rows: () => [],
      decide: () => ({ answers: [{ to: command, digest: 'd', says: [was('a', 3)] }] }),
    }
    await processor.submit(closing, { ...command, id: 'r1', data: null })
    await eventually(() => expect(said()).toMatchObject([{ causationId: 'm1', type: 'was-put.v1' }]))
    expect(inboxRows()).toMatchObject([{ message_id: 'm1', digest: 'd' }])
  })

  it('may be asked to come again: what was decided stands, and it is not acked', async () => {
    const again: typeof put = {
      ...put,
      decide: (command, rows, turn) => ({
        ...put.decide(command, rows, turn),
        open: true,
        ...(turn.repeat > 0 && { redeliver: true }),
      }),
    }
    const { deliver, box, said } = processing({ handlers: [again as Handler] })
    const command = message('m1', 'a', 3)
    expect(await deliver(command, { msgId: 'm1:1' })).toEqual({ how: 'nak', delayMs: 250 })
    expect(box('a')).toBe(3)
    expect(said()).toHaveLength(1)
    expect(await deliver(command)).toEqual({ how: 'ack' })
  })

  it('comes again as long as 250 do at a time; one more is acked, so that new messages do not wait behind them', async () => {
    const again: Handler = { ...(put as Handler), rows: () => [], decide: () => ({ open: true, redeliver: true }) }
    const { deliver } = processing({ handlers: [again] })
    const all = await Promise.all(Array.from({ length: 251 }, (_, index) => deliver(message(`m${index}`, 'a', 1))))
    expect(all.filter(({ how }) => how === 'ack')).toHaveLength(1)
    await eventually(async () => expect(await deliver(message('m', 'a', 1))).toMatchObject({ how: 'nak' }))
  })
})

describe('stopping', () => {
  it('finishes what is in hand', async () => {
    const { deliver, processor, box } = processing()
    const settled = deliver(message('m1', 'a', 3))
    await processor.stop(1_000)
    expect(await settled).toEqual({ how: 'ack' })
    expect(box('a')).toBe(3)
  })
})

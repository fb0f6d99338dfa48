import type { Handler } from '@skald/messaging'
import { describe, expect, it } from 'vitest'
import { message, processing, put } from '../test/processing.ts'

describe('a message', () => {
  it('that does not parse, is of an unknown type or came on another subject is a dead letter with the reason', async () => {
    const { deliverText, letters } = processing()
    await deliverText('{"id":')
    await deliverText(JSON.stringify({ ...message('m1', 'a', 1), type: 'xstate.after.1' }))
    await deliverText(JSON.stringify(message('m2', 'a', 1)), 'command.other.v1')
    expect(
      letters()
        .map(({ reason }) => reason)
        .sort(),
    ).toEqual(['not-json', 'unknown-type', 'wrong-subject'])
  })

  it('that came on a subject with NUL, which no database keeps, is a dead letter all the same', async () => {
    const { deliverText, letters } = processing()
    expect(await deliverText('garbage', 'command.\u0000')).toEqual({ how: 'ack' })
    expect(letters()).toMatchObject([{ reason: 'not-json', subject: 'command.\ufffd' }])
  })

  it('that is refused, and asked again as a repeat, is one dead letter; the repeats count as duplicates', async () => {
    const counted = { deadLetters: 0, duplicates: 0 }
    const refusing: Handler<{ box: string; amount: number }> = {
      ...put,
      decide: () => ({ refuse: { reason: 'no-such-box', detail: 'there is no box a' } }),
    }
    const { deliver, letters, said } = processing({
      handlers: [refusing as Handler],
      observer: { deadLetter: () => void counted.deadLetters++, duplicate: () => void counted.duplicates++ },
    })
    const command = { ...message('m1', 'a', 3), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
    await deliver(command)
    // A repeat is the same message, but for its trace and its place in the stream.
    for (const repeat of [1, 2, 3]) await deliver(message('m1', 'a', 3), { msgId: `m1:${repeat}` })
    expect(letters()).toMatchObject([{ reason: 'no-such-box', message_id: 'm1' }])
    expect(counted).toEqual({ deadLetters: 1, duplicates: 3 })
    expect(said()).toEqual([])
    await deliver(message('m2', 'a', 3), { msgId: 'm2:1' })
    expect(letters()).toHaveLength(2)
    expect(counted).toEqual({ deadLetters: 2, duplicates: 3 })
  })

  it('that is a repeat of one that was refused is handled when what it lacked has come', async () => {
    let box: string | undefined
    const waiting: Handler<{ box: string; amount: number }> = {
      ...put,
      decide: (each, rows, turn) =>
        box === undefined ? { refuse: { reason: 'no-such-box', detail: '' } } : put.decide(each, rows, turn),
    }
    const { deliver, said } = processing({ handlers: [waiting as Handler] })
    await deliver(message('m1', 'a', 3))
    box = 'a'
    await deliver(message('m1', 'a', 3), { msgId: 'm1:1' })
    expect(said()).toMatchObject([{ causationId: 'm1' }])
  })

  it('that comes again later is the same dead letter', async () => {
    let nowMs = 1_000
    const { deliverText, letters } = processing({ nowMs: () => nowMs })
    await deliverText('garbage', 'command.put.v1', 7)
    nowMs += 60_000
    await deliverText('garbage', 'command.put.v1', 7)
    expect(letters()).toHaveLength(1)
  })
})

import { codec as contractsCodec } from '@skald/contracts'
import { expect, it } from 'vitest'
import { boxes, message, processing } from '../test/processing.ts'
import type { Handler } from './handle.ts'

const MAX_BYTES = 262_144
const wireOf = (type: string): string => (type === 'box.put.v1' ? 'command.put.v1' : type)
const codec = { ...contractsCodec, wireOf }

/** Says as many characters as it is told, and remembers that it did. */
const saying: Handler<{ box: string; amount: number }> = {
  type: 'box.put.v1',
  rows: ({ data }) => [{ table: boxes, key: data.box }],
  decide({ data: { box, amount } }, rows) {
    rows.put(boxes, { id: box, content: amount })
    return { says: [{ type: 'box.was-put.v1', subject: box, data: 'x'.repeat(amount) }] }
  },
}

const told = (id: string, amount: number) => ({ ...message(id, 'b', amount), type: 'box.put.v1' })

/** What of a message's bytes is not data. */
const aroundBytes = (text: string): number =>
  Buffer.byteLength(text) - (JSON.parse(text) as { data: string }).data.length

it('what has one byte more than a message may have is not said, and has no effect; at the fifth try it is a dead letter', async () => {
  const { deliver, bus, box, letters } = processing({ handlers: [saying as Handler], codec })
  await deliver(told('small', 10))
  const room = MAX_BYTES - aroundBytes(bus.published.at(-1)?.payload ?? '')
  await deliver(told('exact', room), { msgId: 'small' })
  expect(box('b')).toBe(room)
  expect(await deliver(told('large', room + 1))).toMatchObject({ how: 'nak' })
  expect(box('b')).toBe(room)
  expect(bus.published).toHaveLength(2)
  expect(await deliver(told('large', room + 1), { deliveries: 5 })).toMatchObject({ how: 'ack' })
  expect(letters()).toMatchObject([{ message_id: 'large', reason: 'handler-failed' }])
})

it('a message of as many bytes is taken, one of one byte more is a dead letter at once', async () => {
  const { deliverText, letters } = processing({ handlers: [saying as Handler], codec })
  const text = codec.encode(told('in', 1))
  expect(await deliverText(text.padEnd(MAX_BYTES))).toMatchObject({ how: 'ack' })
  expect(letters()).toEqual([])
  expect(await deliverText(text.padEnd(MAX_BYTES + 1))).toMatchObject({ how: 'ack' })
  expect(letters()).toMatchObject([{ reason: 'too-large' }])
})

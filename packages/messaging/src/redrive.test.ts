import { derivedId, type Handler, redriveMsgId } from '@skald/messaging'
import { describe, expect, it } from 'vitest'
import { message, processing, put } from '../test/processing.ts'

const REDRIVES = Array.from({ length: 30 }, (_, index) => derivedId('redrive', index))
const [FIRST = '', SECOND = ''] = REDRIVES
const command = message('m1', 'a', 3)

/** A service that refuses commands until it is mended, and has one dead letter. */
const refusing = async () => {
  let isMended = false
  const counted = { deadLetters: 0, duplicates: 0 }
  const handler: Handler<{ box: string; amount: number }> = {
    ...put,
    decide: (...turn) => (isMended ? put.decide(...turn) : { refuse: { reason: 'no-such-box', detail: 'none' } }),
  }
  const running = processing({
    handlers: [handler as Handler],
    observer: { deadLetter: () => void counted.deadLetters++, duplicate: () => void counted.duplicates++ },
  })
  await running.deliver(command)
  const [letter] = running.letters()
  if (!letter) throw new Error('it was not refused')
  const redrive = (redriveId: string, how: { readonly each?: typeof command; readonly deliveries?: number } = {}) =>
    running.deliver(how.each ?? command, { ...how, msgId: redriveMsgId({ letterId: letter.id, redriveId }) })
  return { ...running, counted, letter, redrive, mend: () => (isMended = true) }
}

describe('a dead letter that is sent again', () => {
  it('is handled like any message once its fault is mended', async () => {
    const { redrive, mend, box, said, letters, inboxRows } = await refusing()
    mend()
    expect(await redrive(FIRST)).toEqual({ how: 'ack' })
    expect(box('a')).toBe(3)
    expect(said()).toMatchObject([{ causationId: 'm1' }])
    await redrive(FIRST, { deliveries: 2 })
    await redrive(SECOND)
    expect(box('a')).toBe(3)
    expect(inboxRows()).toHaveLength(1)
    expect(letters()).toMatchObject([{ redrives: [] }])
  })

  it('and is refused once more is the same letter, which knows the redrive', async () => {
    const { redrive, letters, letter, counted } = await refusing()
    await redrive(FIRST)
    await redrive(SECOND)
    expect(letters()).toEqual([{ ...letter, redrives: [FIRST, SECOND] }])
    expect(counted).toEqual({ deadLetters: 3, duplicates: 0 })
  })

  it('and comes twice, or late after another redrive, is refused once for each', async () => {
    const { redrive, letters, counted } = await refusing()
    await redrive(FIRST)
    await redrive(SECOND)
    await redrive(FIRST, { deliveries: 2 })
    await redrive(SECOND, { deliveries: 2 })
    expect(letters()).toMatchObject([{ redrives: [FIRST, SECOND] }])
    expect(counted).toEqual({ deadLetters: 3, duplicates: 2 })
  })

  it('knows the last twenty redrives', async () => {
    const { redrive, letters } = await refusing()
    for (const redriveId of REDRIVES) await redrive(redriveId)
    expect(letters()).toMatchObject([{ redrives: REDRIVES.slice(-20) }])
  })

  it('and cannot be read is the same letter, too, wherever in the stream it lies now', async () => {
    const { deliverText, bus, letters } = processing()
    await deliverText('garbage', 'command.put.v1', 7)
    const [letter] = letters()
    const msgId = redriveMsgId({ letterId: letter?.id ?? '', redriveId: FIRST })
    await bus.deliver('d', 'garbage', { subject: 'command.put.v1', sequence: 9, msgId })
    expect(letters()).toEqual([{ ...letter, redrives: [FIRST] }])
  })
})

describe("somebody's header of a redrive", () => {
  it('reopens no letter of other bytes, on another subject, or that is not there', async () => {
    const { redrive, deliver, bus, letters, letter } = await refusing()
    await redrive(FIRST, { each: message('m2', 'a', 3) })
    const msgId = redriveMsgId({ letterId: letter.id, redriveId: FIRST })
    await bus.deliver('d', JSON.stringify(command), { subject: 'command.other.v1', msgId })
    await deliver(message('m3', 'a', 3), { msgId: redriveMsgId({ letterId: FIRST, redriveId: SECOND }) })
    expect(letters()).toContainEqual(letter)
    const others = letters().filter(({ id }) => id !== letter.id)
    expect(others.map(({ message_id, redrives }) => `${message_id} ${redrives.length}`).sort()).toEqual([
      'm1 0',
      'm2 0',
      'm3 0',
    ])
  })

  it.each(['redrive/', 'redrive/x/y', `redrive/${FIRST}`, `redrive/${FIRST}/${SECOND}/z`])(
    'that is none is an id like any other: %s',
    async (id) => {
      const { deliver, box } = processing()
      await deliver(message(id, 'a', 3), { msgId: id })
      await deliver(message(id, 'a', 3), { msgId: `${id}:1` })
      expect(box('a')).toBe(3)
    },
  )
})

import { eventually } from '@skald/testing'
import { describe, expect, it } from 'vitest'
import { message, processing } from '../test/processing.ts'

/** Messages that set something off: `a` goes on when told to, everything else at once. */
const settingOff = () => {
  const tried = Promise.withResolvers<void>()
  const began: string[] = []
  const world = processing({
    onHandled: ({ id, subject }) => {
      began.push(id)
      return subject === 'a' ? tried.promise : undefined
    },
  })
  return { ...world, tried, began }
}

describe('a message that sets something off outside the transaction', () => {
  it('is acked when that was tried; others go on meanwhile, and what it said is said already', async () => {
    const { deliver, box, said, tried } = settingOff()
    let how = 'not yet'
    const settled = deliver(message('m1', 'a', 3)).then((settlement) => {
      how = settlement.how
    })
    for (let index = 0; index < 10; index += 1) await deliver(message(`other${index}`, 'b', 1))
    expect([how, box('a'), box('b'), said().length]).toEqual(['not yet', 3, 10, 11])
    tried.resolve()
    await settled
    expect(how).toBe('ack')
  })

  it('comes again when that could not be tried', async () => {
    const { deliver, tried } = settingOff()
    tried.reject(new Error('no gateway'))
    expect(await deliver(message('m1', 'a', 3))).toMatchObject({ how: 'nak' })
  })

  it('comes again when what it said cannot be published, however the other thing goes', async () => {
    const { deliver, tried, bus } = settingOff()
    bus.failing = true
    expect(await deliver(message('m1', 'a', 3))).toMatchObject({ how: 'nak' })
    tried.reject(new Error('no gateway'))
    bus.failing = false
    expect(await deliver(message('m2', 'b', 3))).toEqual({ how: 'ack' })
  })

  it('is told of after the commit, and not when it was handled before or threw', async () => {
    const { deliver, box, began } = settingOff()
    await deliver(message('m1', 'b', 3))
    expect(box('b')).toBe(3)
    await deliver(message('m1', 'b', 3), { deliveries: 2 })
    await deliver(message('m2', 'b', -1))
    await eventually(() => expect(began).toEqual(['m1']))
  })
})

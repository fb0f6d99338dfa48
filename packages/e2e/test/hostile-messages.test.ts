import {
  allDeadLetters,
  call,
  dataMessages,
  envelopeMessages,
  type HostileMessage,
  type Known,
  type Letter,
  Load,
  ownerOf,
  processes,
  publishRaw,
  type System,
  serviceProcesses,
  startSystem,
} from '@skald/e2e'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { oddMessages } from './hostile/message-oddities.ts'
import { stateMessages } from './hostile/message-states.ts'

const SKU = 'e2e-hostile'
const ORDER_EVERY_MS = 50
const LIMIT = { timeout: 60_000 }
const approved = { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'] } as const
const messages = [...envelopeMessages, ...dataMessages, ...stateMessages, ...oddMessages]

const saga = z.object({
  history: z.array(
    z.object({
      messageId: z.string(),
      note: z.string().optional(),
      sent: z.array(z.object({ messageId: z.string(), type: z.string() })),
    }),
  ),
})

let system: System
let load: Load
let known: Known
let pids: readonly number[]
let letters: readonly Letter[] = []
/** What was sent, as the broker has it. */
const sent = new Map<HostileMessage, Buffer>()

const pidsNow = (): readonly number[] => processes.map((name) => system.pid(name))

const historyOf = async (sagaId: string) =>
  saga.parse((await call(`${system.urls.coordinator}/sagas/${sagaId}`)).body).history

beforeAll(async () => {
  system = await startSystem()
  await system.offer(SKU, 900_000)
  const ended = await system.place({ sku: SKU, paymentMethod: 'sim_approved' })
  await system.ended(ended.orderId)
  // Slower than all that is sent here, faster than a step's deadline.
  const waiting = await system.place({ sku: SKU, paymentMethod: 'sim_slow_20000' })
  const commands = await eventually(async () => {
    const said = (await historyOf(waiting.sagaId)).flatMap((step) => step.sent)
    expect(said.map(({ type }) => type)).toEqual(['inventory.reserve.v1', 'payment.charge.v1'])
    return said.map(({ messageId }) => messageId)
  })
  known = { ended, waiting: { ...waiting, reserveId: commands[0] ?? '', chargeId: commands[1] ?? '' } }
  pids = pidsNow()
  load = new Load(system, SKU)
  load.start(ORDER_EVERY_MS, [approved])
  const before = messages.flatMap(({ subject, before: tell }) =>
    tell ? [{ subject, payload: bytes(tell(known)) }] : [],
  )
  await publishRaw(system.access().natsUrl, before)
  for (const message of messages) sent.set(message, bytes(message.payload(known)))
  const hostile = [...sent].map(([{ subject, msgId }, payload]) => ({
    subject,
    payload,
    ...(msgId !== undefined && { msgId }),
  }))
  await publishRaw(system.access().natsUrl, hostile)
}, 240_000)

afterAll(async () => {
  await load?.stop()
  await system?.stop()
}, 240_000)

const bytes = (payload: string | Uint8Array): Buffer =>
  typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload)

/** The dead letter that fits; the list is read again until it has one. */
const letterOf = (what: string, fits: (letter: Letter) => boolean): Promise<Letter> =>
  eventually(
    async () => {
      const found = letters.find(fits)
      if (found) return found
      letters = await allDeadLetters(system.urls.coordinator)
      throw new Error(`no dead letter ${what} among ${letters.length}`)
    },
    { timeoutMs: 30_000 },
  )

/** A report of a long payload carries its beginning. */
const carries = (letter: Letter, payload: Buffer): boolean => {
  const whole = payload.toString('base64')
  return letter.payload === whole || (letter.payload.length > 100_000 && whole.startsWith(letter.payload))
}

const idIn = (payload: Buffer): string => String(Reflect.get(JSON.parse(payload.toString()) as object, 'id'))

describe('a hostile message is seen where it belongs:', () => {
  it.each(messages.map((message) => [message.what, message] as const))('%s', LIMIT, async (_what, message) => {
    const { ends, subject } = message
    const payload = sent.get(message) ?? Buffer.alloc(0)
    if ('dead' in ends) {
      const shown = subject.replaceAll('\u0000', '\ufffd')
      const letter = await letterOf(`on ${shown}`, (one) => one.subject === shown && carries(one, payload))
      expect(letter).toMatchObject({ reason: ends.dead, service: ownerOf(subject) })
      expect(letter.detail).not.toBe('')
    } else if ('reply' in ends) {
      const cause = idIn(payload)
      const isReply = (one: Letter): boolean =>
        one.type === ends.reply && JSON.parse(Buffer.from(one.payload, 'base64').toString()).causationid === cause
      expect(await letterOf(`that answers ${cause}`, isReply)).toMatchObject({ reason: ends.replyDead })
    } else if ('announces' in ends) {
      const answer = await eventually(async () => {
        const got = await call(`${system.urls.order}/catalogue/${ends.announces}`)
        expect(got.status).toBe(200)
        return got
      })
      expect(answer.body).toMatchObject({ sku: ends.announces, version: 1 })
    } else {
      const step = await eventually(async () => {
        const found = (await historyOf(ends.saga(known))).find(({ messageId }) => messageId === idIn(payload))
        if (!found) throw new Error('it is not in the history')
        return found
      })
      expect(step).toMatchObject({ note: expect.stringMatching(ends.ignored), sent: [] })
    }
  })
})

describe('after all of it', () => {
  it('nothing that was said well became a dead letter', () => {
    const hostile = new Set([...sent.values()].map((payload) => payload.toString('base64').slice(0, 100_000)))
    const others = letters.filter(({ payload }) => !hostile.has(payload.slice(0, 100_000)))

    expect(others.filter(({ reason }) => reason !== 'unknown-saga')).toEqual([])
  })

  it('no process was restarted', () => {
    expect(pidsNow()).toEqual(pids)
  })

  it('no service failed, none was paused', async () => {
    await system.ready()
    const failures = await Promise.all(
      serviceProcesses.map(async (name) =>
        (await system.metrics(name)).split('\n').filter((line) => /_http_requests_total\{.*status="5/.test(line)),
      ),
    )

    expect(failures.flat()).toEqual([])
    expect(load.failedTries).toBe(0)
  })

  it('every order that was placed before or meanwhile is confirmed', { timeout: 120_000 }, async () => {
    // A fast machine is through with the messages before many orders were placed beside them.
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(10))
    await load.stop()

    const orders = [...load.accepted, known.ended, known.waiting]
    const endings = await Promise.all(orders.map(({ orderId }) => system.ended(orderId)))

    expect(endings.filter(({ order }) => order.status !== 'CONFIRMED')).toEqual([])
    expect(await system.verify()).toMatchObject({ violations: [] })
  })
})

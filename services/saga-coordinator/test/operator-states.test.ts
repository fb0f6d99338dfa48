import { readFileSync } from 'node:fs'
import { orderCreated, type Said, tripRequested } from '@skald/contracts'
import { tasks } from '@skald/messaging'
import { type Definition, type Input, type SagaState, type StateValue, start, status, step } from '@skald/saga'
import { afterEach, expect, it } from 'vitest'
import { type ForeseeReply, foresee } from '../src/operator/foresee.ts'
import { orderSaga } from '../src/sagas/order.saga.ts'
import { orderSagaV2 } from '../src/sagas/order-v2.saga.ts'
import { tripSaga } from '../src/sagas/trip.saga.ts'
import { ACTIONS, type Action } from '../src/store/audit-tables.ts'
import { coordinating, STEP_MS } from './coordinating.ts'

/** With one attempt a person is asked after the first silence: the same states are reached by few steps. */
const options = { stepTimeoutMs: STEP_MS, undoAttempts: 2, undoBackoffMs: 1_000 }
const price = { amount: 100, currency: 'EUR' }
const items = [{ sku: 'A', quantity: 2, price }]
const order = orderCreated({ orderId: 'o1', sagaId: 's1', customerId: 'c1', items, total: price })
const trip = tripRequested({ tripId: 't1', traveller: 'Ada', flight: 'SK-1', hotel: 'grand' })

/** Each definition with what starts it, and what the first column of its table is called in DESIGN.md. */
const SAGAS = [
  { table: 'state of an order', definition: orderSaga(options), started: order },
  { table: 'state of an order, version 2, where it differs', definition: orderSagaV2(options), started: order },
  { table: 'state of a trip', definition: tripSaga(options), started: trip },
] as const

const page = readFileSync(new URL('../DESIGN.md', import.meta.url), 'utf8')

/** The rows of a table of the page, by the name of its first column. */
const documented = (name: string): readonly string[] => {
  const squeezed = page.split('\n').map((line) => line.replaceAll(/ +/g, ' '))
  const behind = squeezed.slice(squeezed.findIndex((line) => line.startsWith(`| ${name} |`)) + 2)
  return behind.slice(
    0,
    behind.findIndex((line) => !line.startsWith('|')),
  )
}

const stateIn = (line: string): string => line.split(' | ')[0] ?? ''

let c: ReturnType<typeof coordinating>
afterEach(() => c.processor.stop(0))

/** Every input that a state may get: each event as the answer to what it waits for, its timers, a person's actions. */
const inputsOf = ({ hears }: Definition, { armed, waiting }: SagaState, idOf: (ordinal: number) => string): Input[] => {
  const data = { orderId: 'o1', tripId: 't1', reason: 'walked' }
  const events = [...hears].flatMap((type): Input[] => [
    { kind: 'event', type, data, idOf },
    ...waiting.map(({ id }): Input => ({ kind: 'event', type, data, causationId: id, idOf })),
  ])
  const timers = Object.entries(armed).map(([timer, arm]): Input => ({ kind: 'timer', timer, arm, idOf }))
  const people = (['retry', 'skip', 'cancel'] as const).map(
    (action): Input => ({ kind: 'operator', action, reason: 'walked', idOf }),
  )
  return [...events, ...timers, ...people]
}

/** One saga in each state that there is, found by trying everything everywhere. */
const reachable = (definition: Definition, { type, data }: Said): ReadonlyMap<string, SagaState> => {
  const found = new Map<string, SagaState>()
  const seen = new Set<string>()
  let steps = 0
  const first = start(definition, { kind: 'event', type, data, sagaId: 's1', idOf: (n) => `start-${n}` }).state
  const open = [first]
  for (let state = open.pop(); state; state = open.pop()) {
    const shape = JSON.stringify([state.value, state.context['tries'], state.waiting.map((each) => each.type)])
    if (seen.has(shape)) continue
    seen.add(shape)
    const name = nameOf(state.value)
    if (!found.has(name)) found.set(name, state)
    for (const input of inputsOf(definition, state, (n) => `${steps++}-${n}`))
      open.push(step(definition, state, input).state)
  }
  return found
}

const nameOf = (value: StateValue): string => {
  if (typeof value === 'string') return value
  const parts = Object.entries(value).map(([region, inner]) => `${region} ${nameOf(inner)}`)
  return parts.length === 1 ? parts.join().replace(' ', ', ') : parts.join(', ')
}

const written = () => [c.saga(), c.steps(), c.audit(), c.store.all(tasks)]

/** What the dry run says of an action; it writes nothing. */
const foreseen = async (action: Action): Promise<ForeseeReply> => {
  const before = written()
  const { business_key: subject = '' } = c.saga() ?? {}
  const about = { id: 'dry', type: 'request:foresee', source: '/s', subject, time: '', correlationId: 's1' }
  const data = { action, reason: 'why' }
  const answer = (await c.ports.submit(foresee(c.coordination), { ...about, data })) as ForeseeReply
  expect(written()).toEqual(before)
  return answer
}

/** What each action leads to: the state, or nothing, with no word of it anywhere. The dry run says the same before. */
const resultOf = async (definition: Definition, state: SagaState, action: Action, isPaused = false) => {
  const stands = isPaused ? 'PAUSED' : status(definition, state)
  const ended_at = state.status === 'done' ? c.nowMs() : null
  await c.place({ state, status: stands, ended_at, asked: [], timers: [], revision: 1 })
  const before = written()
  const dry = await foreseen(action)
  c.said()
  const answer = await c.operate(action, { id: `${c.audit().length}` })
  if (answer.kind !== 'done') {
    expect(answer).toEqual({ kind: 'refused', why: expect.stringMatching(/^[A-Z].{30,}\.$/) as string })
    expect(dry).toEqual(answer)
    expect(written()).toEqual(before)
    return '-'
  }
  const said = c.said().map(({ type, data }) => ({ type, data }))
  expect(dry).toMatchObject({ kind: 'done', answer: { ...answer.answer, dryRun: true } })
  expect(dry.kind === 'done' && dry.answer.messages.map(({ type, data }) => ({ type, data }))).toEqual(said)
  const { status: after, state: value } = answer.answer
  expect(c.audit()).toHaveLength((before[2] as readonly unknown[]).length + 1)
  expect(c.saga()).toMatchObject({ revision: 2, status: after, state: { value } })
  return value !== null && nameOf(value) !== nameOf(state.value) ? nameOf(value) : after
}

it.each(SAGAS)(
  'every action in every $table does what DESIGN.md says, and its dry run says so before',
  async (given) => {
    const { table, definition, started } = given
    c = coordinating({ definitions: [definition] })
    await c.tell(started)
    const lines: string[] = []
    const states = [...reachable(definition, started)].sort(([one], [other]) => (one < other ? -1 : 1))
    for (const [name, state] of states) {
      const cells: string[] = []
      for (const action of ACTIONS) {
        cells.push(await resultOf(definition, state, action))
        // Paused, each state takes the one action only.
        if (state.status === 'active') {
          const expected = action === 'resume' ? status(definition, state) : '-'
          expect(await resultOf(definition, state, action, true), `${action} of ${name}, paused`).toBe(expected)
        }
      }
      lines.push(`| ${[name, ...cells].join(' | ')} |`)
    }
    const own = documented(table)
    const inherited = definition.version > 1 ? documented(SAGAS[0].table) : []
    const names = own.map(stateIn)
    const expected = [...inherited.filter((line) => !names.includes(stateIn(line))), ...own]
    expect(lines).toEqual(expected.toSorted((one, other) => (stateIn(one) < stateIn(other) ? -1 : 1)))
    expect(c.auditFaults()).toEqual([])
  },
)

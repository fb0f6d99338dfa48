import { readFileSync } from 'node:fs'
import { orderCreated } from '@skald/contracts'
import { type Definition, type Input, type SagaState, type StateValue, start, status, step } from '@skald/saga'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { orderSaga } from '../src/sagas/order.saga.ts'
import { ACTIONS, type Action } from '../src/store/audit-tables.ts'
import { coordinating, STEP_MS } from './coordinating.ts'

/** With one attempt a person is asked after the first silence: the same states are reached by few steps. */
const definition = orderSaga({ stepTimeoutMs: STEP_MS, undoAttempts: 2, undoBackoffMs: 1_000 })
const price = { amount: 100, currency: 'EUR' }
const items = [{ sku: 'A', quantity: 2, price }]
const created = orderCreated({ orderId: 'o1', sagaId: 's1', customerId: 'c1', items, total: price })

const page = readFileSync(new URL('../DESIGN.md', import.meta.url), 'utf8')

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

/** Every input that a state may get: each event as the answer to what it waits for, its timers, a person's actions. */
const inputsOf = ({ hears }: Definition, { armed, waiting }: SagaState, idOf: (ordinal: number) => string): Input[] => {
  const data = { orderId: 'o1', reason: 'walked' }
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
const reachable = (): ReadonlyMap<string, SagaState> => {
  const found = new Map<string, SagaState>()
  const seen = new Set<string>()
  let steps = 0
  const { type, data } = created
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

/** What each action leads to: the state, or nothing, with no word of it anywhere. */
const resultOf = async (state: SagaState, action: Action, isPaused: boolean): Promise<string> => {
  const stands = isPaused ? 'PAUSED' : status(definition, state)
  const ended_at = state.status === 'done' ? c.nowMs() : null
  await c.place({ state, status: stands, ended_at, asked: [], timers: [], revision: 1 })
  const [saga, steps, audit] = [c.saga(), c.steps(), c.audit()]
  const answer = await c.operate(action, { id: `${c.audit().length}` })
  if (answer.kind === 'done') {
    expect(c.audit()).toHaveLength(audit.length + 1)
    expect(c.saga()).toMatchObject({ revision: 2, status: answer.answer.status, state: { value: answer.answer.state } })
    const { status: after, state: value } = answer.answer
    const isElsewhere = value !== null && nameOf(value) !== nameOf(state.value)
    return isElsewhere ? nameOf(value) : after
  }
  expect(answer).toEqual({ kind: 'refused', why: expect.stringMatching(/^[A-Z].{30,}\.$/) as string })
  expect([c.saga(), c.steps(), c.audit()]).toEqual([saga, steps, audit])
  return '-'
}

it('every action in every state of an order does what the table in DESIGN.md says', async () => {
  await c.tell(created)
  const lines: string[] = []
  const states = [...reachable()].sort(([one], [other]) => (one < other ? -1 : 1))
  for (const [name, state] of states) {
    const cells: string[] = []
    for (const action of ACTIONS) {
      cells.push(await resultOf(state, action, false))
      // Paused, each state takes the one action only.
      if (state.status === 'active') {
        const expected = action === 'resume' ? status(definition, state) : '-'
        expect(await resultOf(state, action, true), `${action} of ${name}, paused`).toBe(expected)
      }
    }
    lines.push(`| ${[name, ...cells].join(' | ')} |`)
  }
  const documented = page.split('\n').filter((line) => /^\| .* \|$/.test(line))
  const squeezed = documented.map((line) => line.replaceAll(/ +/g, ' ')).slice(2)
  expect(squeezed).toEqual(lines)
  expect(c.auditFaults()).toEqual([])
})

import { digestOf } from '@skald/messaging'
import {
  auditEntries,
  type SagaRow,
  type SetTimers,
  sagas,
  setTimers,
  TIMER_ACTIONS,
  type TimersAsked,
  type TimersStanding,
} from '@skald/saga-coordinator'
import type { Customers } from './customer.ts'
import { everyStep } from './every-saga.ts'
import { actionOf, otherThanAsked, timersAgainst, timersIn } from './moved-timers.ts'
import type { Operator } from './operator.ts'
import type { Replica } from './replica.ts'
import { untilAnswered } from './requests.ts'
import type { World } from './world.ts'

/** How many schedules have timers moved, and how often in those. */
const SHARE = 0.3
const LOOKS = [1, 2, 4]
const LAST_LOOK_AT_MS = 9_000
/** Also into the past, and beyond what is left of a step. */
const EARLIEST_MS = -3_000
const LATEST_MS = 6_000
/** How often another start of the timer is named than the one that runs. */
const WRONG_ARM = 0.15

/** Charges that are answered sooner or later: of any other the deadline is the only way on. */
const ANSWERED = /^sim_(approved|slow|flaky|declined)/

/** Somebody who moves, cancels and shifts timers. */
export class TimerMover {
  readonly complaints: string[] = []
  readonly #world: World
  readonly #customers: Customers
  readonly #operator: Operator
  /** What was answered as done, by its Idempotency-Key. */
  readonly #done = new Map<string, SetTimers>()
  #open = 0

  constructor(world: World, customers: Customers, operator: Operator) {
    this.#world = world
    this.#customers = customers
    this.#operator = operator
  }

  start(): void {
    const { run, time } = this.#world.sim
    if (run.of('timers are moved') >= SHARE) return
    const looks = run.pick('looks at timers', LOOKS)
    for (let at = 0; at < looks; at++) {
      this.#open++
      time.after(run.between(`look at timers ${at}`, 0, LAST_LOOK_AT_MS), () => this.#look(at))
    }
  }

  get isDone(): boolean {
    return this.#open === 0
  }

  /** What contradicts that each action was done once, as a whole, to what it named. */
  *faults(): Iterable<string> {
    yield* this.complaints
    const steps = everyStep(this.#world)
    const isOurs = new Set<string>(TIMER_ACTIONS)
    const audit = this.#world.databases.saga.memory.all(auditEntries).filter(({ action }) => isOurs.has(action))
    const entries = Map.groupBy(steps.filter(actionOf), actionOf)
    for (const { id, idempotency_key: key, before } of audit) {
      const asked = this.#done.get(key ?? '')
      if (!asked) yield `${key} is in the audit, and was not answered as done`
      const moved = entries.get(id) ?? []
      const { sagas: count, timers } = before as TimersStanding
      const changed = moved.flatMap(timersIn)
      if (moved.length !== count || changed.length !== timers)
        yield `${key} was about ${timers} timers of ${count} sagas, histories tell of ${changed.length} of ${moved.length}`
      if (asked) for (const step of moved) yield* otherThanAsked(asked, step)
    }
    const keys = audit.map(({ idempotency_key: key }) => key)
    for (const key of this.#done.keys())
      if (keys.filter((each) => each === key).length !== 1) yield `${key} is not in the audit once`
    const known = new Set<string | undefined>(audit.map(({ id }) => id))
    for (const id of entries.keys()) if (!known.has(id)) yield `action ${id} is in a history, and not in the audit`
    yield* timersAgainst(steps)
  }

  #look(at: number): void {
    const { run } = this.#world.sim
    const timed = this.#world.databases.saga.memory.all(sagas).filter(({ timers }) => timers.length > 0)
    const saga = timed.length > 0 ? run.pick(`saga with timers ${at}`, timed) : undefined
    const asked = saga && this.#choose(at, saga)
    if (!saga || !asked) this.#open--
    else this.#act(`${asked.action} ${at}`, asked, asked.choice.arm === undefined ? timed : [saga])
  }

  #choose(at: number, { saga_id: sagaId, timers }: SagaRow): TimersAsked | undefined {
    const { run, time } = this.#world.sim
    const byMs = run.whole(`moved by ${at}`, EARLIEST_MS, LATEST_MS)
    const { name, arm } = run.pick(`timer ${at}`, timers)
    const kind = run.pick(`done to timers ${at}`, ['by', 'to', 'cancel', 'cancel', 'shift', 'shift-one-name'])
    if (kind.startsWith('shift')) {
      const choice = { definition: 'order', ...(kind === 'shift-one-name' && { name }) }
      return { action: 'shift-timers', choice, change: { kind: 'by', byMs } }
    }
    const choice = { sagaId, name, arm: run.of(`wrong arm ${at}`) < WRONG_ARM ? arm + 1 : arm }
    if (kind === 'to') {
      return { action: 'move-timer', choice, change: { kind: 'to', dueAtMs: Math.round(time.nowMs) + byMs } }
    }
    if (kind === 'by') return { action: 'move-timer', choice, change: { kind: 'by', byMs } }
    if (name === 'paymentDeadline' && !this.#isAnswered(sagaId)) return undefined
    // Nobody decides about some trips.
    if (name === 'tripDeadline') return undefined
    return { action: 'cancel-timer', choice, change: { kind: 'cancel' } }
  }

  #isAnswered(sagaId: string): boolean {
    const purchase = this.#customers.purchases.find(({ placed }) => placed?.sagaId === sagaId)
    return purchase !== undefined && ANSWERED.test(purchase.paymentMethod)
  }

  #act(key: string, asked: TimersAsked, chosen: readonly SagaRow[]): void {
    const { replicas, sim } = this.#world
    const sagaIds = chosen.map(({ saga_id }) => saga_id)
    for (const sagaId of sagaIds) this.#operator.touched.add(sagaId)
    const repeatable = { key, digest: digestOf(key) }
    const data: SetTimers = { ...asked, sagaIds, reason: 'a drill', actor: 'eve', repeatable }
    const set = setTimers(this.#world.coordinationBy({ nowMs: () => sim.time.nowMs }))
    const ask = (replica: Replica) => replica.ask(set, data, { subject: 'timers' })
    untilAnswered(this.#world, { who: 'operator', what: `POST ${key}`, replicas: replicas.saga, ask }, (answer) => {
      this.#open--
      if (answer.kind === 'done') this.#done.set(key, data)
      if (answer.kind === 'key-reused') this.complaints.push(`${key} was taken for another request`)
    })
  }
}

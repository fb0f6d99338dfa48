import { digestOf } from '@skald/messaging'
import { ACTIONS, type Action, type Operate, type OperateReply, operate } from '@skald/saga-coordinator'
import { everySaga } from './every-saga.ts'
import type { Replica } from './replica.ts'
import { untilAnswered } from './requests.ts'
import type { World } from './world.ts'

/** Also when the faults are over and sagas wait for a person. */
const LAST_LOOK_AT_MS = 25_000
const LONGEST_PAUSE_MS = 6_000
/** How often an action is one that the state may well not take. */
const BLIND = 0.3

/** The key of the action that ends a pause. */
const RESUME = 'resume after'

/** A saga that somebody could act on. */
export interface Target {
  readonly sagaId: string
  /** What it is about. */
  readonly subject: string
}

/** Somebody who now and then looks at a saga and acts. */
export class Operator {
  /** Answers that contradict what was done. */
  readonly complaints: string[] = []
  /** Actions that were answered as done, by their Idempotency-Key. */
  readonly done = new Map<string, Action>()
  /** Sagas that an operator acted on. */
  readonly touched = new Set<string>()
  /** Nobody else resumes what was paused. */
  readonly #blindlyResumed = new Set<string>()
  readonly #world: World
  readonly #targets: () => readonly (Target | undefined)[]
  #open = 0

  /** Undefined are those that were not answered yet. */
  constructor(world: World, targets: () => readonly (Target | undefined)[]) {
    this.#world = world
    this.#targets = targets
  }

  start(): void {
    const { time, run } = this.#world.sim
    for (let at = 0; at < this.#world.settings.operatorLooks; at++) {
      this.#open++
      const isLate = run.of(`late look ${at}`) < 0.5
      time.after(run.between(`look ${at}`, 0, isLate ? LAST_LOOK_AT_MS : 6_000), () => this.#look(at))
    }
  }

  get isDone(): boolean {
    return this.#open === 0
  }

  #look(at: number): void {
    const { run } = this.#world.sim
    const targets = this.#targets()
    const asking = targets.filter((each) => each && this.#sagaOf(each.sagaId)?.status === 'NEEDS_ATTENTION')
    const from = asking.length > 0 ? asking : targets
    const target = from[run.whole(`looked at ${at}`, 0, from.length - 1)]
    const action = target && this.#choose(at, target.sagaId)
    if (!target || !action) this.#open--
    else this.#act(`${action} ${at}`, action, target)
  }

  #sagaOf(sagaId: string) {
    return everySaga(this.#world).find(({ saga_id }) => saga_id === sagaId)
  }

  /** What fits what GET shows, or anything; a skip only of what nothing but money and stock depends on. */
  #choose(at: number, sagaId: string): Action | undefined {
    const { run } = this.#world.sim
    const saga = this.#sagaOf(sagaId)
    if (!saga) return undefined
    const isBlind = run.of(`blind ${at}`) < BLIND
    if (isBlind)
      return run.pick(
        `any action ${at}`,
        ACTIONS.filter((action) => action !== 'skip'),
      )
    if (saga.status !== 'NEEDS_ATTENTION') return run.pick(`action ${at}`, ['pause', 'pause', 'cancel'])
    const isAboutOrder = /"(order|cancellingOrder)":/.test(JSON.stringify(saga.state?.value))
    return run.pick(`help ${at}`, isAboutOrder ? ['retry', 'pause'] : ['retry', 'skip', 'pause'])
  }

  #act(key: string, action: Action, target: Target): void {
    const { sagaId, subject } = target
    const { replicas, sim } = this.#world
    this.touched.add(sagaId)
    if (action === 'resume' && !key.startsWith(RESUME)) this.#blindlyResumed.add(sagaId)
    const repeatable = { key, digest: digestOf(key) }
    const data: Operate = { action, reason: 'looked at', actor: 'eve', repeatable }
    const about = { subject, correlationId: sagaId }
    const ask = (replica: Replica) => replica.ask(operate(this.#world.coordinationOf(replica)), data, about)
    const request = { who: 'operator', what: `POST ${key}`, replicas: replicas.saga, ask }
    untilAnswered(this.#world, request, (answer) => {
      this.#open--
      this.#hear(key, action, sagaId, answer)
      if (action !== 'pause' || answer.kind !== 'done') return
      this.#open++
      const pauseMs = sim.run.between(`pause of ${key}`, 0, LONGEST_PAUSE_MS)
      sim.time.after(pauseMs, () => this.#act(`${RESUME} ${key}`, 'resume', target))
    })
  }

  #hear(key: string, action: Action, sagaId: string, answer: OperateReply): void {
    if (answer.kind === 'done') this.done.set(key, action)
    if (answer.kind === 'key-reused') this.complaints.push(`${key} was taken for another request`)
    if (key.startsWith(RESUME) && answer.kind === 'refused' && !this.#blindlyResumed.has(sagaId)) {
      this.complaints.push(`${key} was refused: ${answer.why}`)
    }
  }
}

import { digestOf } from '@skald/messaging'
import type { StateValue } from '@skald/saga'
import { HOLDS_AFTER_MS, type PauseVerb, type SetPause, type SetPauseReply, setPause } from '@skald/saga-coordinator'
import { everySaga, everyStep } from './every-saga.ts'
import type { Replica } from './replica.ts'
import { untilAnswered } from './requests.ts'
import type { World } from './world.ts'

/** How many schedules have a step paused, and how many of those the whole definition. */
const SHARE = 0.2
const WHOLE = 0.3
const STEPS = {
  order: ['reservingStock', 'takingPayment', 'completing', 'refunding', 'releasingStock', 'cancellingOrder'],
  trip: ['booking', 'withdrawing', 'releasing'],
} as const
const LAST_PAUSE_AT_MS = 5_000
const LONGEST_PAUSE_MS = 8_000

/** Somebody who pauses a step, or all of a saga's definition, for some time. */
export class StepPauser {
  readonly complaints: string[] = []
  readonly #world: World
  readonly #definition: keyof typeof STEPS
  readonly #step: string
  #isDone = true
  /** While it holds in every process. */
  #holds: { readonly fromMs: number; toMs: number } | undefined

  constructor(world: World) {
    const { run } = world.sim
    this.#world = world
    const hasTrips = world.settings.trips > 0
    this.#definition = hasTrips ? run.pick('paused definition', ['order', 'trip', 'trip']) : 'order'
    this.#step = run.of('all is paused') < WHOLE ? '' : run.pick('paused step', STEPS[this.#definition])
  }

  start(): void {
    const { run, time } = this.#world.sim
    if (run.of('a step is paused') >= SHARE) return
    this.#isDone = false
    time.after(run.between('pause of a step', 0, LAST_PAUSE_AT_MS), () => {
      this.#ask('pause', () => {
        this.#holds = { fromMs: time.nowMs + HOLDS_AFTER_MS, toMs: Number.POSITIVE_INFINITY }
        time.after(run.between('how long a step is paused', 0, LONGEST_PAUSE_MS), () => this.#resume())
      })
    })
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** What was said of the step while it was paused everywhere. */
  *faults(): Iterable<string> {
    yield* this.complaints
    const holds = this.#holds
    if (!holds) return
    const ofOthers = new Set(
      everySaga(this.#world).flatMap((saga) => (saga.definition === this.#definition ? [] : [saga.saga_id])),
    )
    for (const { saga_id, seq, at, type, to_state, outputs } of everyStep(this.#world)) {
      if (outputs.length === 0 || ofOthers.has(saga_id) || at <= holds.fromMs || at >= holds.toMs) continue
      if (this.#step === '' || isIn(to_state, this.#step))
        yield `saga ${saga_id}, entry ${seq} (${type}): said ${outputs.map((said) => said.type).join(', ')} in a pause`
    }
  }

  #resume(): void {
    if (this.#holds) this.#holds.toMs = this.#world.sim.time.nowMs
    this.#ask('resume', () => {
      this.#isDone = true
    })
  }

  #ask(verb: PauseVerb, done: () => void): void {
    const definition = this.#definition
    const key = `${verb} of ${this.#step || 'the definition'}`
    const repeatable = { key, digest: digestOf(key) }
    const data: SetPause = { verb, definition, step: this.#step, reason: 'a drill', actor: 'eve', repeatable }
    const ask = (replica: Replica) => replica.ask(setPause, data, { subject: definition })
    const request = { who: 'operator', what: `POST ${key}`, replicas: this.#world.replicas.saga, ask }
    untilAnswered(this.#world, request, (answer: SetPauseReply) => {
      if (answer.kind !== 'done') this.complaints.push(`${key} was answered ${JSON.stringify(answer)}`)
      done()
    })
  }
}

const isIn = (value: StateValue | null, step: string): boolean =>
  typeof value === 'string' ? value === step : value !== null && Object.hasOwn(value, step)

import { digestOf, newId } from '@skald/messaging'
import { type StartReply, type StartSaga, sagas, startSaga, subjects } from '@skald/saga-coordinator'
import { type Decide, type DecideReply, decide } from '@skald/trip-service'
import type { Target } from './operator.ts'
import type { Replica } from './replica.ts'
import { untilAnswered } from './requests.ts'
import type { World } from './world.ts'

const LAST_START_AT_MS = 4_000
/** Who decides before anybody is asked looks again. */
const LOOK_AGAIN_MS = 700
/** Some of those that are asked decide after the deadline. */
const LATEST_DECISION = 1.6
const FULL = 0.12
const SECOND_PERSON = 0.2
const AGAIN = 0.3

/** What makes the start repeatable: a name for the saga, an Idempotency-Key, both, or nothing but the trip itself. */
const NAMINGS = ['saga', 'key', 'both', 'neither'] as const

/** What a traveller wants and is told: kept apart from every database. */
export interface Journey {
  readonly tripId: string
  readonly naming: (typeof NAMINGS)[number]
  readonly flight: string
  readonly hotel: string
  readonly approveWithinSeconds: number
  readonly bookWithinSeconds: number
  /** Of one person, or of two who do not know of each other. */
  readonly decisions: readonly { readonly status: Decide['status']; readonly afterMs: number }[]
  sagaId: string | undefined
  /** What was answered as decided. */
  readonly decided: Set<Decide['status']>
  open: number
}

/** Those who start trips by POST /sagas, and those who approve or reject them: in time, late, twice or never. */
export class Travellers {
  readonly journeys: readonly Journey[]
  readonly complaints: string[] = []
  readonly #world: World

  constructor(world: World) {
    this.#world = world
    this.journeys = Array.from({ length: world.settings.trips }, (_, at) => this.#journey(at))
  }

  start(): void {
    const { time, run } = this.#world.sim
    for (const journey of this.journeys) {
      time.after(run.between(`begin of ${journey.tripId}`, 0, LAST_START_AT_MS), () => this.#request(journey, true))
    }
  }

  get targets(): readonly (Target | undefined)[] {
    return this.journeys.map(({ sagaId, tripId }) => (sagaId === undefined ? undefined : { sagaId, subject: tripId }))
  }

  get areDone(): boolean {
    return this.journeys.every(({ open }) => open === 0)
  }

  #journey(at: number): Journey {
    const { run } = this.#world.sim
    const name = (what: string): string => (run.of(`${what} ${at}`) < FULL ? 'sim_full' : `some-${what}`)
    const approveWithinSeconds = run.whole(`approve within ${at}`, 2, 12)
    const first = run.pick(`decision ${at}`, ['APPROVED', 'APPROVED', 'APPROVED', 'REJECTED', 'nobody'] as const)
    const other: Decide['status'] = first === 'APPROVED' ? 'REJECTED' : 'APPROVED'
    const isDisputed = run.of(`second person ${at}`) < SECOND_PERSON
    const statuses: readonly Decide['status'][] = first === 'nobody' ? [] : isDisputed ? [first, other] : [first]
    const decisions = statuses.map((status, place) => ({
      status,
      afterMs: run.between(`decision ${at} ${place}`, 0, approveWithinSeconds * 1_000 * LATEST_DECISION),
    }))
    return {
      tripId: `trip-${at}`,
      naming: run.pick(`naming ${at}`, NAMINGS),
      flight: name('flight'),
      hotel: name('hotel'),
      approveWithinSeconds,
      bookWithinSeconds: run.pick(`book within ${at}`, [1, 3, 8, 60]),
      decisions,
      sagaId: undefined,
      decided: new Set(),
      open: 1,
    }
  }

  #request(journey: Journey, isFirst: boolean): void {
    const { sim, replicas } = this.#world
    const { tripId, naming, flight, hotel, approveWithinSeconds, bookWithinSeconds } = journey
    const keys = [
      ...(naming === 'key' || naming === 'both' ? [`key-of-${tripId}`] : []),
      ...(naming === 'saga' || naming === 'both' ? [`saga saga-of-${tripId}`] : []),
    ]
    const event = { tripId, traveller: 'ada', flight, hotel, approveWithinSeconds, bookWithinSeconds }
    const repeatable = keys.map((key) => ({ key, digest: digestOf(JSON.stringify(event)) }))
    const data: StartSaga = { definition: 'trip', version: 1, data: event, repeatable }
    const ask = (replica: Replica) => {
      const made = newId(Math.floor(sim.time.nowMs), sim.point('saga id of', tripId).hex('digits'))
      const correlationId = naming === 'saga' || naming === 'both' ? `saga-of-${tripId}` : made
      return replica.ask(startSaga(this.#world.coordinationOf(replica)), data, { subject: tripId, correlationId })
    }
    const asked = { who: 'customer', what: `POST /sagas ${tripId}`, replicas: replicas.saga, ask }
    untilAnswered(this.#world, asked, (answer) => {
      this.#started(journey, answer)
      if (isFirst) this.#goOn(journey)
      journey.open--
    })
  }

  #started(journey: Journey, answer: StartReply): void {
    const { tripId, naming } = journey
    const sagaId = answer.kind === 'started' ? answer.answer.sagaId : this.#sagaOf(tripId)
    if (answer.kind === 'key-reused') this.complaints.push(`${tripId} was told that its key was used for another`)
    if (answer.kind === 'exists' && naming !== 'neither') this.complaints.push(`${tripId} was refused: ${answer.why}`)
    if (journey.sagaId !== undefined && sagaId !== journey.sagaId) this.complaints.push(`${tripId} got a second saga`)
    journey.sagaId = sagaId
  }

  #sagaOf(tripId: string): string | undefined {
    return this.#world.databases.saga.memory.row(subjects, `trip/${tripId}`)?.saga_id
  }

  #goOn(journey: Journey): void {
    const { time, run } = this.#world.sim
    if (run.of(`again ${journey.tripId}`) < AGAIN) {
      journey.open++
      time.after(500, () => this.#request(journey, false))
    }
    for (const { status, afterMs } of journey.decisions) {
      journey.open++
      time.after(afterMs, () => this.#decide(journey, status))
    }
  }

  #decide(journey: Journey, status: Decide['status']): void {
    const { replicas, sim, databases } = this.#world
    const { tripId, sagaId = '' } = journey
    const data: Decide = { tripId, status, ...(status === 'REJECTED' && { reason: 'too far' }) }
    const ask = (replica: Replica): Promise<DecideReply> => replica.ask(decide, data, { subject: tripId })
    const asked = { who: 'customer', what: `POST ${status} ${tripId}`, replicas: replicas.trip, ask }
    untilAnswered(this.#world, asked, (answer) => {
      if (answer.kind === 'decided') journey.decided.add(status)
      else if (answer.found === 'PENDING') this.complaints.push(`${tripId} is asked for and cannot be decided`)
      const saga = databases.saga.memory.row(sagas, sagaId)
      const isAhead = answer.kind === 'not-asked' && answer.found === undefined && saga && saga.ended_at === null
      if (isAhead) sim.time.after(LOOK_AGAIN_MS, () => this.#decide(journey, status))
      else journey.open--
    })
  }
}

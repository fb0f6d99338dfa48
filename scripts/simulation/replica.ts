import { type App, type AppPorts, type Ask, asker, processorOf } from '@skald/host'
import type { Bus, Message, Observer, Processor, Store } from '@skald/messaging'
import { createMetrics, silentLogger } from '@skald/service'
import {
  Life,
  type Point,
  type SimBroker,
  type SimDatabase,
  type Simulation,
  simBus,
  type Watched,
} from '@skald/testing/simulation'

/** A crashed process is back after this. */
const MIN_RESTART_MS = 50
const MAX_RESTART_MS = 2_000
/** Longer than ten times the shortest step: what was asked meanwhile is given up, and handled when the service is back. */
const MIN_AWAY_MS = 20_000
const MAX_AWAY_MS = 90_000
/** As far as clocks of machines that keep time are apart, and those of machines that do not. */
const SMALL_SKEW_MS = 100
const LARGE_SKEW_MS = 600_000
const IS_LARGE = 0.2

export interface ReplicaOptions {
  readonly service: string
  readonly watches: Watched
  readonly database: SimDatabase
  readonly broker: SimBroker
  readonly app: (ports: AppPorts, life: Life) => App
  /** Told of what this process could not handle. */
  readonly trouble: (what: string) => void
}

/** One of several processes of a service: started again whenever it crashes, with nothing kept but its database. */
export class Replica {
  readonly name: string
  life: Life
  ask: Ask = () => Promise.reject(new Error('not started'))
  readonly #options: ReplicaOptions
  readonly #sim: Simulation
  #awayMs = 0

  constructor(sim: Simulation, ordinal: number, options: ReplicaOptions) {
    this.name = `${options.service.split('-')[0]}-${ordinal}`
    this.#options = options
    this.#sim = sim
    this.life = this.#start()
  }

  /** Its clock is another one from now on. */
  shiftClock(point: Point): void {
    const mostMs = point.between('how far', 0, 1) < IS_LARGE ? LARGE_SKEW_MS : SMALL_SKEW_MS
    this.life.skewMs = point.between('skew', -mostMs, mostMs)
  }

  /** Ends this process and keeps it from starting again for long. */
  stayAway(point: Point): void {
    this.#awayMs = point.between('away', MIN_AWAY_MS, MAX_AWAY_MS)
    this.life.crash()
  }

  #start(): Life {
    const { service, watches, database, broker, app: appOf, trouble } = this.#options
    const skewMs = this.life?.skewMs ?? 0
    const life: Life = new Life(this.#sim, this.name, skewMs, () => this.#crashed(life))
    const ports = portsOf(this.#sim, life, database.storeOf(life), simBus(broker, life, watches), {
      submit: (handler, message) => processor.submit(handler, message),
    })
    const app = appOf(ports, life)
    const processor: Processor = processorOf(service, ports, app, observerOf(app, trouble))
    processor.start()
    void app.started?.(processor)
    this.life = life
    this.ask = asker(ports, `/${service}`)
    return life
  }

  #crashed(life: Life): void {
    this.#options.broker.forget(life)
    const point = this.#sim.point('restart of', this.name)
    const awayMs = this.#awayMs
    this.#awayMs = 0
    this.#sim.time.effect(awayMs + point.between('down', MIN_RESTART_MS, MAX_RESTART_MS), () => {
      this.#sim.trace.note(this.name, this.name, 'STARTS AGAIN')
      this.#start()
    })
  }
}

const portsOf = (
  sim: Simulation,
  life: Life,
  store: Store,
  bus: Bus,
  { submit }: Pick<AppPorts, 'submit'>,
): AppPorts => ({
  store,
  bus,
  logger: silentLogger,
  metrics: METRICS,
  clock: life.clock,
  random: () => sim.point(life.name, 'random').hex('digits'),
  submit,
})

/** Nobody reads them. One set serves all schedules: what counts, counts nothing. */
const uncounted = { inc: () => undefined, set: () => undefined, observe: () => undefined }
const METRICS = createMetrics('simulation', { processMetrics: false })
for (const [name, metric] of Object.entries(METRICS)) if (name !== 'registry') Object.assign(metric, uncounted)

const nothing = (): void => undefined

const observerOf = (app: App, trouble: (what: string) => void): Observer => ({
  batch: nothing,
  handled: (message: Message, reply: unknown) => app.handled?.(message, reply),
  duplicate: nothing,
  resent: nothing,
  redelivered: nothing,
  deadLetter: (reason, { type, id }, detail) => trouble(`dead letter ${reason}: ${type} ${id}: ${detail}`),
  failed: ({ type, id }, error) => trouble(`a handler threw on ${type} ${id}: ${String(error)}`),
  stalled: nothing,
  unpublished: nothing,
  taskTaken: nothing,
  paused: (durable, reason) => (reason === undefined ? undefined : trouble(`${durable} paused: ${reason}`)),
})

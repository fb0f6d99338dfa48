import type { DurableProgress, Progress, Publication, StreamProgress } from '@skald/messaging'
import { type DurablePlan, isRead, streamOf, type Topology, takes } from '@skald/nats'
import type { Point } from '../chance.ts'
import type { Life } from '../life.ts'
import type { Simulation } from '../simulation.ts'
import { aboutOf } from './about.ts'
import { SimDurable } from './sim-durable.ts'
import { SimStream, type Stored } from './sim-stream.ts'

/** A reader of a durable, in one process. */
export interface Reader {
  readonly life: Life
  readonly durable: string
  readonly hasRoom: () => boolean
  /** A message is on its way: it has its room from now on. */
  readonly expect: () => void
  /** The message arrives; `point` names this handing-out. */
  readonly take: (message: Stored, deliveries: number, point: Point) => void
}

/** What the broker is told by processes, for whoever checks them. */
export interface Told {
  /** A publication as it leaves its process, whatever becomes of it. */
  readonly published: (life: Life, publication: Publication) => void
  /** An ack as it leaves its process. */
  readonly acked: (life: Life, durable: string, message: Stored) => void
}

const LATENCY_MS = 0.3

/** JetStream as far as Skald can tell: streams, durables, and all the ways in which they lose, repeat and delay. */
export class SimBroker {
  readonly sim: Simulation
  /** Every Nats-Msg-Id that was ever stored, also in streams that are gone, and when it first was. */
  readonly everStored = new Map<string, number>()
  told: Told = { published: () => undefined, acked: () => undefined }
  readonly #subjects: Subjects
  readonly #streams: ReadonlyMap<string, SimStream>
  readonly #durables: ReadonlyMap<string, SimDurable>
  readonly #readers = new Map<string, Reader[]>()
  #frozenUntilMs = 0
  #madeAnewAtMs = 0

  constructor(sim: Simulation, topology: Topology) {
    this.sim = sim
    this.#streams = new Map(topology.streams.map((plan) => [plan.name, new SimStream(plan)]))
    this.#subjects = subjectsOf(topology)
    const { taken } = this.#subjects
    const sweeps = topology.sweeps.map((sweep) => ({ ...sweep, ackWaitMs: 2_000, maxUnacked: 1_000 }))
    this.#durables = new Map(
      [...topology.durables, ...sweeps].map((plan) => [plan.name, this.#durable(plan, taken.get(plan.name) ?? none)]),
    )
  }

  read(reader: Reader): void {
    const readers = this.#readers.get(reader.durable) ?? []
    this.#readers.set(reader.durable, readers)
    readers.push(reader)
    this.sim.time.after(LATENCY_MS, () => this.dispatch(reader.durable))
  }

  /** Nothing is handed to these readers any more: the connection of their process is gone. */
  forget(life: Life): void {
    for (const [durable, readers] of this.#readers) {
      this.#readers.set(
        durable,
        readers.filter((reader) => reader.life !== life),
      )
    }
  }

  dispatch(durable: string): void {
    this.#durables.get(durable)?.dispatch()
  }

  /** How long what is sent now takes to be read by the broker, which may stand still. */
  wayMs(delayMs: number): number {
    return Math.max(delayMs, this.#frozenUntilMs - this.sim.time.nowMs)
  }

  /** Runs when what was sent now is read by the broker. */
  arrive(delayMs: number, run: () => void): void {
    const waitMs = this.wayMs(delayMs)
    if (waitMs > delayMs || delayMs > LATENCY_MS * 10) this.sim.time.effect(waitMs, run)
    else this.sim.time.after(waitMs, run)
  }

  /** Whether some stream is meant to take it. */
  isPlanned(subject: string): boolean {
    return this.#subjects.streamOf(subject) !== undefined
  }

  /** Undefined when there is no stream for it at the moment. */
  store({
    subject,
    msgId,
    payload,
  }: Publication): { stream: string; sequence: number; duplicate: boolean } | undefined {
    const { time } = this.sim
    const name = this.#subjects.streamOf(subject)
    const stream = name === undefined ? undefined : this.#streams.get(name)
    if (!stream || time.nowMs < this.#madeAnewAtMs) return undefined
    const stored = stream.store(subject, msgId, Buffer.from(payload), time.nowMs)
    if (!stored.duplicate) {
      if (!this.everStored.has(msgId)) this.everStored.set(msgId, time.nowMs)
      for (const durable of this.#subjects.readersOf(subject)) {
        const reader = this.durable(durable)
        if (reader.stream === stream) reader.dispatch()
      }
    }
    return { stream: stream.plan.name, ...stored }
  }

  durable(name: string): SimDurable {
    const found = this.#durables.get(name)
    if (!found) throw new Error(`${name} is no durable of the topology`)
    return found
  }

  progress(streams: readonly string[], durables: readonly string[]): Progress {
    if (this.sim.time.nowMs < this.#madeAnewAtMs) return { streams: {}, durables: {} }
    const grown: Record<string, StreamProgress> = {}
    for (const name of streams) {
      const stream = this.#streams.get(name)
      if (stream) grown[name] = { incarnation: stream.incarnation, lastSequence: stream.lastSequence }
    }
    const read: Record<string, DurableProgress> = {}
    for (const name of durables) {
      const durable = this.#durables.get(name)
      if (durable?.isStanding) read[name] = durable.progress()
    }
    return { streams: grown, durables: read }
  }

  /** Nothing is queued and nothing handed out. */
  get isIdle(): boolean {
    for (const durable of this.#durables.values()) if (!durable.isIdle || !durable.isStanding) return false
    return true
  }

  /** The durables of the topology, for faults and reports. */
  get durableNames(): readonly string[] {
    return [...this.#durables.keys()]
  }

  freeze(forMs: number): void {
    const { time, trace } = this.sim
    this.#frozenUntilMs = time.nowMs + forMs
    trace.note('broker', 'broker', `STANDS STILL for ${Math.round(forMs)} ms`)
    time.after(forMs, () => {
      for (const durable of this.#durables.values()) durable.dispatch()
    })
  }

  /** Loses its whole store; streams and durables are made anew after so long. */
  wipe(forMs: number): void {
    const { time, trace } = this.sim
    this.#madeAnewAtMs = time.nowMs + forMs
    trace.note('broker', 'broker', `LOSES ITS STORE, back in ${Math.round(forMs)} ms`)
    for (const stream of this.#streams.values()) stream.lose()
    for (const durable of this.#durables.values()) durable.lose()
    time.after(forMs, () => {
      for (const durable of this.#durables.values()) durable.restore()
    })
  }

  /** Until it is made anew, after so long. */
  loseDurable(name: string, forMs: number): void {
    const { time, trace } = this.sim
    const durable = this.durable(name)
    durable.lose()
    trace.note('broker', 'broker', `LOSES THE DURABLE ${name}`)
    time.after(forMs, () => durable.restore())
  }

  #durable(
    { name, stream, ackWaitMs, maxUnacked }: Pick<DurablePlan, 'name' | 'stream' | 'ackWaitMs' | 'maxUnacked'>,
    takesSubject: (subject: string) => boolean,
  ): SimDurable {
    const from = this.#streams.get(stream)
    if (!from) throw new Error(`durable ${name} reads ${stream}, which is no stream of the topology`)
    return new SimDurable({ name, ackWaitMs, maxUnacked, takes: takesSubject }, from, {
      nowMs: () => this.sim.time.nowMs,
      after: (delayMs, run) => this.sim.time.after(delayMs, run),
      handOut: (message, deliveries) => this.#handOut(name, message, deliveries),
    })
  }

  /** To whoever has room; on its way it may be lost, doubled or late. */
  #handOut(durable: string, message: Stored, deliveries: number): boolean {
    const { time, faults } = this.sim
    if (time.nowMs < this.#frozenUntilMs) return false
    const readers = (this.#readers.get(durable) ?? []).filter(({ hasRoom }) => hasRoom())
    if (readers.length === 0) return false
    const point = this.sim.point(durable, 'gets', message.subject)
    const about = aboutOf(message.subject, message.payload)
    const reader = point.pick('reader', readers)
    if (faults.strike('delivery-dropped', point, about)) return true
    const lateMs = faults.strike('delivery-delayed', point, about) ? point.between('delay', 5, 5_000) : 0
    reader.expect()
    time.effect(LATENCY_MS + lateMs, () => reader.take(message, deliveries, point))
    if (faults.strike('delivery-doubled', point, about)) {
      const other = point.pick('second reader', readers)
      other.expect()
      time.effect(point.between('second', 0.1, 3_000), () => other.take(message, deliveries + 1, point.at('second')))
    }
    return true
  }
}

/** What a durable hands out: subjects under its filter that no other durable of its service reads. */
const leaving = ({ filter, leaves }: DurablePlan) => {
  const left = new Set(leaves)
  return (subject: string): boolean => takes(filter, subject) && !left.has(subject)
}

const none = (): boolean => false

interface Subjects {
  /** By durable: whether it takes a subject. */
  readonly taken: ReadonlyMap<string, (subject: string) => boolean>
  /** Durables that take a subject. */
  readonly readersOf: (subject: string) => readonly string[]
  readonly streamOf: (subject: string) => string | undefined
}

/** Where subjects go, looked up once for all brokers of a topology. */
const subjectsOf = (topology: Topology): Subjects => {
  const known = lookedUp.get(topology)
  if (known) return known
  const durables = topology.durables.map((plan) => [plan.name, remembered(leaving(plan))] as const)
  const sweeps = topology.sweeps.map(
    ({ name, stream }) => [name, remembered((subject) => !isRead(topology, stream, subject))] as const,
  )
  const taken = new Map([...durables, ...sweeps])
  const subjects: Subjects = {
    taken,
    readersOf: remembered((subject) => [...taken].flatMap(([name, takes]) => (takes(subject) ? [name] : []))),
    streamOf: remembered((subject) => streamOf(topology, subject)),
  }
  lookedUp.set(topology, subjects)
  return subjects
}
const lookedUp = new WeakMap<Topology, Subjects>()

/** A system has few subjects. */
const remembered = <Answer>(ask: (subject: string) => Answer): ((subject: string) => Answer) => {
  const known = new Map<string, Answer>()
  return (subject) => {
    if (!known.has(subject)) known.set(subject, ask(subject))
    return known.get(subject) as Answer
  }
}

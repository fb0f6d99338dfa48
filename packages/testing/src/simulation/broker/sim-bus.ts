import type { Bus, ConsumeOptions, Delivery, Progress, PubAck, Publication, Subscription } from '@skald/messaging'
import type { Point } from '../chance.ts'
import type { Answer, Life } from '../life.ts'
import { aboutOf } from './about.ts'
import type { SimBroker } from './sim-broker.ts'
import type { Stored } from './sim-stream.ts'

export interface Watched {
  readonly streams: readonly string[]
  readonly durables: readonly string[]
}

/** As the real publisher's. */
const PUBLISH_TIMEOUT_MS = 5_000
const PROGRESS_TIMEOUT_MS = 2_000

/** The Bus port of one process on the simulated broker. */
export const simBus = (broker: SimBroker, life: Life, watched: Watched): Bus => ({
  publish: (publication) => publish(broker, life, publication),
  takes: (subject) => broker.isPlanned(subject),
  consume: (options) => consume(broker, life, options),
  progress: () => {
    const point = life.sim.point(life.name, 'asks for progress')
    return life.call(point, (answer) => askForProgress(broker, life, watched, point, answer))
  },
})

const askForProgress = (
  broker: SimBroker,
  { sim: { time, faults } }: Life,
  { streams, durables }: Watched,
  point: Point,
  { resolve, reject }: Answer<Progress>,
): void => {
  const wayMs = broker.wayMs(1)
  if (wayMs >= PROGRESS_TIMEOUT_MS || faults.strike('progress-lost', point)) {
    time.after(PROGRESS_TIMEOUT_MS, () => reject(new Error('the broker did not answer in time')))
  } else time.after(wayMs, () => resolve(broker.progress(streams, durables)))
}

const publish = (broker: SimBroker, life: Life, publication: Publication): ReturnType<Bus['publish']> => {
  const { sim } = life
  const { time, faults, trace } = sim
  const point = sim.point(life.name, 'publishes', publication.subject)
  const about = aboutOf(publication.subject, publication.payload)
  const send = ({ resolve, reject }: Answer<PubAck>): void => {
    const silence = (): void => {
      time.effect(PUBLISH_TIMEOUT_MS, () => reject(new Error('no PubAck in time')))
    }
    trace.note(life.name, 'broker', `${publication.subject} ${publication.msgId}`)
    broker.told.published(life, publication)
    if (faults.strike('publish-lost', point, about)) {
      silence()
      return
    }
    const isLate = faults.strike('publish-late', point, about)
    const wayMs = isLate ? point.between('late', 100, 9_000) : point.between('way', 0.1, 1)
    const isAnswered = broker.wayMs(wayMs) < PUBLISH_TIMEOUT_MS && !faults.strike('pub-ack-lost', point, about)
    if (!isAnswered) silence()
    broker.arrive(wayMs, () => {
      const stored = broker.store(publication)
      if (!isAnswered) return
      time.after(0.3, () => (stored ? resolve(stored) : reject(new Error('no stream takes it at the moment'))))
    })
  }
  if (!broker.isPlanned(publication.subject)) return Promise.reject(new Error('no stream of the topology takes it'))
  return life.call(point, send, about)
}

const consume = (broker: SimBroker, life: Life, { durable, maxInHand, onDelivery }: ConsumeOptions): Subscription => {
  let isPaused = false
  let inHand = 0
  const settled = (): void => {
    inHand--
    if (!isPaused && broker.durable(durable).isBehind) life.sim.time.after(0.1, () => broker.dispatch(durable))
  }
  broker.read({
    life,
    durable,
    hasRoom: () => !isPaused && inHand < maxInHand,
    expect: () => {
      inHand++
    },
    take: (message, deliveries, point) =>
      life.run(() => {
        life.sim.trace.note('broker', life.name, `${message.subject} ${message.msgId}`)
        onDelivery(delivery(broker, life, { durable, message, deliveries, point, settled }))
      }),
  })
  return {
    pause: () => {
      isPaused = true
    },
    resume: () => {
      isPaused = false
      broker.dispatch(durable)
    },
    stop: async () => {
      isPaused = true
    },
  }
}

interface Handed {
  readonly durable: string
  readonly message: Stored
  readonly deliveries: number
  readonly point: Point
  readonly settled: () => void
}

const delivery = (broker: SimBroker, life: Life, handed: Handed): Delivery => {
  const { durable, message, deliveries, point, settled } = handed
  const { sequence, subject, msgId, payload } = message
  const { faults, trace } = life.sim
  let open = true
  const settle = (how: 'ack' | 'nak', tell: () => void): void => {
    if (!open) return
    open = false
    const settling = point.at(how)
    const about = aboutOf(`${how} ${subject}`, payload)
    const send = (): void => {
      settled()
      trace.note(life.name, 'broker', `${how} ${subject} ${msgId}`)
      if (how === 'ack') broker.told.acked(life, durable, message)
      if (faults.strike('ack-lost', settling, about)) return
      broker.arrive(settling.between('way', 0.1, 1), tell)
    }
    life.tell(settling, send, about)
  }
  const from = broker.durable(durable)
  return {
    durable,
    subject,
    payload,
    msgId,
    deliveries,
    sequence,
    ack: () => settle('ack', () => from.ack(sequence)),
    nak: (delayMs) => settle('nak', () => from.nak(sequence, delayMs)),
    working: () => {
      if (open) broker.arrive(0.3, () => from.working(sequence))
    },
  }
}

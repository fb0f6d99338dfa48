import { randomUUID } from 'node:crypto'
import { codec } from '@skald/contracts'
import { type Message, newId, type Said } from '@skald/messaging'
import { connect, createBus, ensureTopology, orderTopology } from '@skald/nats'

export interface Heard {
  readonly message: Message
  /** Its Nats-Msg-Id. */
  readonly msgId: string
}

export interface Sending {
  /** The id of a message sent before, to send it once more. */
  readonly id?: string
  readonly repeat?: number
  readonly correlationId?: string
  readonly causationId?: string
}

/** Another program's mouth and ears on the broker: it stands for the services that a test does not run. */
export interface Wire {
  /** Everything that came on the durables, in order. */
  readonly heard: readonly Heard[]
  /** Gives the id of what was sent. */
  send(said: Said, how?: Sending): Promise<string>
  /** Messages that name this one as their cause. */
  answersTo(id: string): readonly Message[]
  /** Makes streams and durables where they are missing, as after the broker lost its store. */
  ensureTopology(): Promise<void>
  close(): Promise<void>
}

export interface WireOptions {
  /** Families of participants beside those of the order saga. */
  readonly participants?: readonly string[]
  /** False leaves it to the keeper of a service under test to make the topology. */
  readonly ensures?: boolean
  /** Does what the service would have done, before the message is acked. */
  readonly hear?: (message: Message) => Promise<unknown>
}

/** Connects to the broker, makes the topology, and listens on durables of services that do not run. */
export const openWire = async (
  natsUrl: string,
  durables: readonly string[],
  { participants = [], ensures = true, hear = () => Promise.resolve() }: WireOptions = {},
): Promise<Wire> => {
  const topology = orderTopology({ participants })
  const connection = await connect({ url: natsUrl, name: 'test', report: () => undefined })
  if (ensures) await ensureTopology(connection, topology)
  const bus = createBus(connection, { topology, watched: { streams: [], durables: [] } })
  const heard: Heard[] = []
  const subscriptions = durables.map((durable) =>
    bus.consume({
      durable,
      maxInHand: 1_000,
      onDelivery: (delivery) => {
        const decoded = codec.decode(delivery.payload)
        if (!decoded.ok) return delivery.ack()
        heard.push({ message: decoded.message, msgId: delivery.msgId ?? '' })
        hear(decoded.message).then(
          () => delivery.ack(),
          () => delivery.nak(0),
        )
      },
    }),
  )
  return {
    heard,
    async send(said, { id = newId(Date.now(), randomUUID()), repeat = 0, correlationId = id, causationId } = {}) {
      const time = new Date(0).toISOString()
      const message: Message = { ...said, id, source: '/test', time, correlationId, causationId }
      const msgId = repeat === 0 ? id : `${id}:${repeat}`
      await bus.publish({ subject: codec.wireOf(said.type), msgId, payload: codec.encode(message) })
      return id
    },
    answersTo: (id) => heard.flatMap(({ message }) => (message.causationId === id ? [message] : [])),
    async ensureTopology() {
      await ensureTopology(connection, topology)
    },
    async close() {
      await Promise.all(subscriptions.map((subscription) => subscription.stop()))
      await connection.close()
    },
  }
}

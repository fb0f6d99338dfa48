import { DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream'
import {
  codec,
  inventoryCommit,
  inventoryRelease,
  orderCancel,
  orderCancelRequested,
  orderConfirm,
  orderCreated,
  paymentRefund,
} from '@skald/contracts'
import type { Message } from '@skald/messaging'
import { connect } from 'nats'

/** What the streams still hold of the time that databases lost. Nothing, where they were lost, too. */
export interface StreamFacts {
  /** `order.created`, by order. */
  readonly created: ReadonlyMap<string, Message>
  /** Orders that somebody wanted cancelled. */
  readonly cancelRequested: ReadonlySet<string>
  /** Sagas that asked for an undo: they had decided so. */
  readonly undoing: ReadonlySet<string>
  /** Sagas that asked for what comes after the point of no return. */
  readonly completing: ReadonlySet<string>
  /** Why they could not be read. */
  readonly unread: string | undefined
}

const nothing = () => ({
  created: new Map<string, Message>(),
  cancelRequested: new Set<string>(),
  undoing: new Set<string>(),
  completing: new Set<string>(),
})

const noStreams = (why: string): StreamFacts => ({ ...nothing(), unread: why })

/** What a saga asks for once it undoes its order. */
export const UNDOES = [paymentRefund, inventoryRelease, orderCancel]
const COMPLETES = [inventoryCommit.wire, orderConfirm.wire]
const CONNECT_WITHIN_MS = 3_000
/** Messages asked for at a time. */
const CHUNK = 500
/** A server that hands out nothing for so long, though it says that there is more, is given up. */
const ANSWER_WITHIN_MS = 5_000

/** Reads what was said since then. */
export const readStreams = async (natsUrl: string | undefined, sinceMs: number | undefined): Promise<StreamFacts> => {
  if (natsUrl === undefined) return noStreams('no NATS_URL is known')
  const server = new URL(natsUrl)
  const connection = await connect({
    servers: server.host,
    ...(server.username && { user: decodeURIComponent(server.username), pass: decodeURIComponent(server.password) }),
    timeout: CONNECT_WITHIN_MS,
    reconnect: false,
  }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  if (connection instanceof Error) return noStreams(`NATS at ${server.host} is not there (${connection.message})`)
  const facts = nothing()
  try {
    const read = async (stream: string, subject: string, take: (message: Message) => void): Promise<void> => {
      for await (const message of messagesOn(connection, stream, subject, sinceMs)) take(message)
    }
    await read('EVENTS', orderCreated.wire, (message) => facts.created.set(message.subject, message))
    await read('EVENTS', orderCancelRequested.wire, ({ subject }) => facts.cancelRequested.add(subject))
    for (const { wire } of UNDOES) await read('COMMANDS', wire, ({ correlationId }) => facts.undoing.add(correlationId))
    for (const wire of COMPLETES)
      await read('COMMANDS', wire, ({ correlationId }) => facts.completing.add(correlationId))
    return { ...facts, unread: undefined }
  } finally {
    await connection.close()
  }
}

type Connection = Awaited<ReturnType<typeof connect>>

async function* messagesOn(
  connection: Connection,
  stream: string,
  subject: string,
  sinceMs: number | undefined,
): AsyncGenerator<Message> {
  const manager = await jetstreamManager(connection)
  const names = await manager.streams.names().next()
  if (!names.includes(stream)) return
  const since =
    sinceMs === undefined
      ? { deliver_policy: DeliverPolicy.All }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(sinceMs).toISOString() }
  const consumer = await jetstream(connection).consumers.get(stream, { filter_subjects: subject, ...since })
  let left = (await consumer.info()).num_pending
  while (left > 0) {
    const got: JsMsg[] = []
    const asked = await consumer.fetch({ max_messages: Math.min(left, CHUNK), expires: ANSWER_WITHIN_MS })
    for await (const message of asked) got.push(message)
    if (got.length === 0) throw new Error(`${stream} hands out nothing of ${left} messages on ${subject}; try again`)
    left -= got.length
    for (const { data } of got) {
      const decoded = codec.decode(data)
      if (decoded.ok) yield decoded.message
    }
  }
}

import {
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamInfo,
} from '@nats-io/jetstream'
import { messageOf } from './bus-error.ts'
import type { Connection } from './link.ts'
import { changeableConfig, differences, fixedConfig, streamConfig } from './server-config.ts'
import type { DurablePlan, StreamPlan, Topology } from './topology.ts'

/** The server cannot be brought to hold the topology. What it has is left as it is. */
export class TopologyError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'TopologyError'
  }
}

/** Up to here a durable's messages were all acked, in this incarnation of its stream. */
export interface LowWater {
  readonly incarnation: string
  readonly sequence: number
}

export interface EnsureOptions {
  /**
   * Asked about a durable that is to be made anew: the sequence up to which its messages of this incarnation of the stream
   * were all handled. Undefined when nothing is known: it then starts from the beginning. A rejection ends the attempt.
   */
  readonly lowWater?: ((durable: string, incarnation: string) => Promise<number | undefined>) | undefined
  /** Asked about a stream that is not there: whether it may be made now. A stream that may not is left for a later call. */
  readonly mayMake?: ((stream: string) => boolean) | undefined
}

export interface TopologyChange {
  /** made: it was not there. updated: in place. remade: from the beginning, since it had other messages before. */
  readonly change: 'made' | 'updated' | 'remade'
  readonly what: string
}

export interface Ensured {
  readonly changes: readonly TopologyChange[]
  /** Streams that are not there and might not be made; their durables are not there either. */
  readonly left: readonly string[]
  /** How far each durable is now. */
  readonly lowWaters: ReadonlyMap<string, LowWater>
}

const TIMEOUT_MS = 2_000

/**
 * Makes what is missing and changes what differs, then reads everything back. Idempotent; several may do it at once.
 * Needs an administrative connection. Rejects with a TopologyError when the server does not take a field, and with the
 * client's error when it does not answer.
 */
export const ensureTopology = async (
  connection: Connection,
  topology: Topology,
  options: EnsureOptions = {},
): Promise<Ensured> => {
  const manager = await jetstreamManager(connection.client, { checkAPI: false, timeout: TIMEOUT_MS })
  const changes: TopologyChange[] = []
  const left: string[] = []
  const lowWaters = new Map<string, LowWater>()
  for (const plan of topology.streams) {
    const stream = await ensureStream(manager, plan, { changes, options })
    if (!stream) {
      left.push(plan.name)
      continue
    }
    const known = await durablesOf(manager, plan.name)
    for (const durable of topology.durables.filter((each) => each.stream === plan.name)) {
      const found = known.get(durable.name)
      const info = await ensureDurable(manager, durable, { stream, found, options, changes })
      lowWaters.set(durable.name, { incarnation: stream.created, sequence: info.ack_floor.stream_seq })
    }
  }
  return { changes, left, lowWaters }
}

const ensureStream = async (
  manager: JetStreamManager,
  plan: StreamPlan,
  { changes, options }: Pick<Place, 'changes' | 'options'>,
): Promise<StreamInfo | undefined> => {
  const config = streamConfig(plan)
  const read = () => orUndefined(manager.streams.info(plan.name))
  let found = await read()
  if (!found) {
    if (options.mayMake?.(plan.name) === false) return undefined
    await attempt(`stream ${plan.name}`, () => manager.streams.add({ ...config }), read)
    changes.push({ change: 'made', what: `stream ${plan.name}` })
    found = await read()
  }
  if (found && differences(config, found.config).length > 0) {
    await attempt(`stream ${plan.name}`, () => manager.streams.update(plan.name, { ...config }))
    changes.push({ change: 'updated', what: `stream ${plan.name}` })
    found = await read()
  }
  return held(`stream ${plan.name}`, config, found)
}

const durablesOf = async (manager: JetStreamManager, stream: string): Promise<Map<string, ConsumerInfo>> => {
  const found = new Map<string, ConsumerInfo>()
  for await (const info of manager.consumers.list(stream)) found.set(info.name, info)
  return found
}

interface Place {
  readonly stream: StreamInfo
  readonly found: ConsumerInfo | undefined
  readonly options: EnsureOptions
  readonly changes: TopologyChange[]
}

const ensureDurable = async (manager: JetStreamManager, plan: DurablePlan, place: Place): Promise<ConsumerInfo> => {
  const what = `durable ${plan.name}`
  const read = () => orUndefined(manager.consumers.info(plan.stream, plan.name))
  const config = { ...fixedConfig(plan), ...changeableConfig(plan) }
  // A list may lack what has no leader at the moment; only a direct question tells that it is not there.
  let found = place.found ?? (await read())
  if (found && (found.config.deliver_subject || differences(fixedConfig(plan), found.config).length > 0)) {
    await attempt(what, () => orUndefined(manager.consumers.delete(plan.stream, plan.name)))
    await attempt(what, () => manager.consumers.add(plan.stream, { ...config, ...FROM_THE_BEGINNING }), read)
    place.changes.push({ change: 'remade', what })
    found = await read()
  } else if (!found) {
    const start = await startOf(plan, place)
    await attempt(what, () => manager.consumers.add(plan.stream, { ...config, ...start }), read)
    place.changes.push({ change: 'made', what })
    found = await read()
  }
  if (found && differences(config, found.config).length > 0) {
    await attempt(what, () => manager.consumers.update(plan.stream, plan.name, changeableConfig(plan)))
    place.changes.push({ change: 'updated', what })
    found = await read()
  }
  return held(what, config, found)
}

const FROM_THE_BEGINNING = { deliver_policy: DeliverPolicy.All }

/**
 * Where a durable that is not there starts: after what is known to be acked in this incarnation of the stream, else from
 * the beginning. Inboxes make repeats harmless; nothing makes a gap harmless.
 */
const startOf = async (plan: DurablePlan, { stream, options }: Place) => {
  const sequence = (await options.lowWater?.(plan.name, stream.created)) ?? 0
  // A stream that is shorter than remembered was restored from somewhere; what it holds now may be new.
  if (sequence <= 0 || sequence > stream.state.last_seq) return FROM_THE_BEGINNING
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: sequence + 1 }
}

/** Does it; when the server refuses but what was wanted is there by now, somebody else was faster, which is as good. */
const attempt = async (
  what: string,
  act: () => Promise<unknown>,
  read: () => Promise<object | undefined> = () => Promise.resolve(undefined),
): Promise<void> => {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error
    if ((await read()) === undefined) throw new TopologyError(`${what}: ${messageOf(error)} (${error.code})`, error)
  }
}

const held = <Info extends { readonly config: object }>(what: string, asked: object, found: Info | undefined): Info => {
  if (!found) throw new TopologyError(`${what} was made and is gone again`)
  const [first] = differences(asked, found.config)
  if (first) throw new TopologyError(`${what}: the server does not take what was asked for: ${first}`)
  return found
}

const ABSENT: ReadonlySet<number> = new Set([JetStreamApiCodes.StreamNotFound, JetStreamApiCodes.ConsumerNotFound])

const orUndefined = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked
  } catch (error) {
    if (error instanceof JetStreamApiError && ABSENT.has(error.code)) return undefined
    throw error
  }
}

import {
  AckPolicy,
  type ConsumerConfig,
  DiscardPolicy,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import type { DurablePlan, StreamPlan } from './topology.ts'

const NANOS_A_MS = 1_000_000
const UNLIMITED = -1

/** Every field that matters is written out: what is left out is chosen by the server, and differs between versions. */
export const streamConfig = (plan: StreamPlan) =>
  ({
    name: plan.name,
    subjects: [...plan.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: plan.maxAgeMs * NANOS_A_MS,
    max_msgs: UNLIMITED,
    max_bytes: UNLIMITED,
    max_msgs_per_subject: UNLIMITED,
    max_consumers: UNLIMITED,
    max_msg_size: plan.maxMessageBytes,
    duplicate_window: plan.dedupeWindowMs * NANOS_A_MS,
    num_replicas: plan.replicas,
    deny_delete: false,
    deny_purge: false,
    allow_rollup_hdrs: false,
  }) satisfies Partial<StreamConfig>

/** What a durable cannot change without missing messages that it passed over before; it is made anew instead. */
export const fixedConfig = (plan: DurablePlan) =>
  ({
    durable_name: plan.name,
    filter_subject: plan.filter,
    // AckPolicy.All would lose what was skipped when a process dies between two acks.
    ack_policy: AckPolicy.Explicit,
    replay_policy: ReplayPolicy.Instant,
  }) satisfies Partial<ConsumerConfig>

/** What can change under a running consumer. No `backoff`: it would replace the ack wait by its first step. */
export const changeableConfig = (plan: DurablePlan) =>
  ({
    ack_wait: plan.ackWaitMs * NANOS_A_MS,
    // A message that the server gave up on would never come again, and nobody would know.
    max_deliver: UNLIMITED,
    max_ack_pending: plan.maxUnacked,
  }) satisfies Partial<ConsumerConfig>

/**
 * The fields asked for that the server does not hold, in words. Servers drop fields that they do not know without a
 * word, so whatever was asked for is read back and compared.
 */
export const differences = (asked: object, found: object): string[] =>
  Object.entries(asked)
    .filter(([field, want]) => JSON.stringify(want) !== JSON.stringify(Reflect.get(found, field) ?? false))
    .map(([field, want]) => `${field} is ${JSON.stringify(Reflect.get(found, field))}, not ${JSON.stringify(want)}`)

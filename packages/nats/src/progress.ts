import type { DurableProgress, Progress, StreamProgress } from '@skald/messaging'
import { durableState, streamState } from './api.ts'
import { refused } from './bus-error.ts'
import type { Connection } from './link.ts'
import type { DurablePlan, Topology } from './topology.ts'

/** What a service wants to know of; each name is one small request a sample. */
export interface Watched {
  readonly streams: readonly string[]
  readonly durables: readonly string[]
}

/**
 * Samples how far the broker is. What does not exist at the moment is left out; rejects with a BusError when the broker
 * does not answer, since an empty sample would look like a broker that lost everything.
 */
export const createProgress = (connection: Connection, topology: Topology, watched: Watched) => {
  const durables = watched.durables.map((name) => planned(topology, name))
  return async (): Promise<Progress> => {
    const [streamEntries, durableEntries] = await Promise.all([
      Promise.all(watched.streams.map((name) => streamEntry(connection, name))),
      Promise.all(durables.map((plan) => durableEntry(connection, plan))),
    ])
    return {
      streams: Object.fromEntries(streamEntries.filter((entry) => entry !== undefined)),
      durables: Object.fromEntries(durableEntries.filter((entry) => entry !== undefined)),
    }
  }
}

const streamEntry = async (
  connection: Connection,
  name: string,
): Promise<readonly [string, StreamProgress] | undefined> => {
  const state = await streamState(connection, name)
  return state && [name, { incarnation: state.incarnation, lastSequence: state.lastSequence }]
}

const durableEntry = async (
  connection: Connection,
  plan: DurablePlan,
): Promise<readonly [string, DurableProgress] | undefined> => {
  const state = await durableState(connection, plan)
  return state && [plan.name, { stream: plan.stream, ...state }]
}

export const planned = (topology: Topology, name: string): DurablePlan => {
  const plan = topology.durables.find((durable) => durable.name === name)
  if (plan) return plan
  throw refused(
    `${name} is no durable; the topology has ${topology.durables.map((durable) => durable.name).join(', ')}`,
  )
}

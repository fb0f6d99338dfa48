import { refused } from './bus-error.ts'
import { inboxPrefixOf } from './connection.ts'
import { overlap } from './subjects.ts'
import type { DurablePlan, Topology } from './topology.ts'

/** Allow lists of subjects, as they stand in a server's configuration; what is not named is refused. */
export interface Permissions {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/**
 * The least a service needs: to say what it says, to read and ack its own durables, to see how far the readers of its
 * messages are and whether a stream was made anew, and to receive answers in its own inboxes. It cannot make, change,
 * purge or delete streams and durables, read another service's messages, or subscribe to anybody's subjects.
 *
 * One hole is the server's: the subject of a reply is not checked, so who may publish anything can make the server store
 * its own PubAck, a text it does not choose, on any subject. That is an invalid message there, and becomes a dead letter.
 */
export const permissionsOf = (topology: Topology, service: string): Permissions => {
  const plan = topology.services.find(({ name }) => name === service)
  if (!plan) {
    throw refused(`${service} is no service; the topology has ${topology.services.map(({ name }) => name).join(', ')}`)
  }
  const own = topology.durables.filter((durable) => durable.service === service)
  const readers = topology.durables.filter(({ filter }) => plan.says.some((said) => overlap(said, filter)))
  const sweeps = topology.sweeps.filter((sweep) => sweep.service === service)
  return {
    publish: [
      ...plan.says,
      ...topology.streams.map(({ name }) => `$JS.API.STREAM.INFO.${name}`),
      ...[...new Set([...own, ...readers])].map((durable) => `$JS.API.CONSUMER.INFO.${placeOf(durable)}`),
      ...own.map((durable) => `$JS.API.CONSUMER.MSG.NEXT.${placeOf(durable)}`),
      ...own.map((durable) => `$JS.ACK.${placeOf(durable)}.>`),
      ...sweeps.map(({ stream }) => `$JS.API.STREAM.MSG.GET.${stream}`),
    ],
    subscribe: [`${inboxPrefixOf(service)}.>`],
  }
}

const placeOf = ({ stream, name }: DurablePlan): string => `${stream}.${name}`

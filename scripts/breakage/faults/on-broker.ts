import { setTimeout as wait } from 'node:timers/promises'
import { durablesDeleted, streamDeleted } from '@skald/e2e'
import { type FaultKind, lengthOf, seconds } from './fault.ts'

const STREAMS = ['EVENTS', 'COMMANDS'] as const

export const natsKill: FaultKind = {
  name: 'nats-kill',
  weight: 2,
  draw: () => ({ what: 'nats killed', inflict: (victim) => victim.kill('nats') }),
}

export const natsFreeze: FaultKind = {
  name: 'nats-freeze',
  weight: 1,
  draw(point, aims) {
    const ms = lengthOf(point, 1_000, 12_000, aims)
    const inflict = async (goOn: () => void): Promise<void> => {
      await wait(ms)
      goOn()
    }
    return {
      what: `nats frozen for ${seconds(ms)}`,
      inflict: (victim) => victim.aloneAtBroker(async () => inflict(await victim.freeze('nats'))),
    }
  },
}

export const natsWipe: FaultKind = {
  name: 'nats-wipe',
  weight: 1,
  draw: () => ({
    what: "the broker's store wiped",
    inflict: (victim) => victim.aloneAtBroker(() => victim.wipeBroker()),
  }),
}

export const streamDelete: FaultKind = {
  name: 'stream-delete',
  weight: 1,
  draw(point) {
    const stream = point.pick('stream', STREAMS)
    return { what: `stream ${stream} deleted`, inflict: ({ system }) => streamDeleted(system, stream).inflict() }
  },
}

export const consumerDelete: FaultKind = {
  name: 'consumer-delete',
  weight: 2,
  draw(point) {
    const stream = point.pick('stream', STREAMS)
    return { what: `durables of ${stream} deleted`, inflict: ({ system }) => durablesDeleted(system, stream).inflict() }
  },
}

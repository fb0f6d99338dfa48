import type { Bus } from '@skald/messaging'
import { type BrokerUnderTest, contractTopology, type Process, WATCHED, type Way } from '../src/index.ts'
import { type FaultKind, Life, SimBroker, Simulation, simBus } from '../src/simulation/index.ts'
import { answered } from './answered.ts'

const TIMES = { ackWaitMs: 2_000, dedupeWindowMs: 12_000, patienceMs: 6_000, slackMs: 20 }
const STEP_MS = 5

const FAULT_OF: Readonly<Record<Way, FaultKind>> = {
  publication: 'publish-lost',
  PubAck: 'pub-ack-lost',
  ack: 'ack-lost',
}
/** What a lost connection is to the simulation. */
const OF_A_CONNECTION: readonly FaultKind[] = [...Object.values(FAULT_OF), 'delivery-dropped', 'progress-lost']

/** The simulated broker in virtual time, which passes only while a test waits. */
export const openSimBroker = async (): Promise<BrokerUnderTest> => {
  const likely = new Map<FaultKind, number>()
  const sim = new Simulation({ seed: 1, likely })
  const broker = new SimBroker(sim, contractTopology(TIMES))
  let stepping: Promise<unknown> | undefined
  const step = async (): Promise<void> => {
    stepping ??= sim.time.pass(STEP_MS).finally(() => {
      stepping = undefined
    })
    await stepping
  }
  let processes = 0
  return {
    times: TIMES,
    nowMs: () => sim.time.nowMs,
    step,
    join: async () => {
      processes++
      const life = new Life(sim, `process-${processes}`, 0, () => broker.forget(life))
      return processOf(life, passing(simBus(broker, life, WATCHED), step), likely)
    },
    freeze: async (forMs) => broker.freeze(forMs),
    loseStore: async (forMs) => broker.wipe(forMs),
    loseDurable: async (name, forMs) => broker.loseDurable(name, forMs),
    close: async () => undefined,
  }
}

const processOf = (life: Life, bus: Bus, likely: Map<FaultKind, number>): Process => {
  const strike = (...kinds: readonly FaultKind[]) => {
    for (const kind of kinds) likely.set(kind, 1)
    return () => kinds.forEach((kind) => void likely.delete(kind))
  }
  return {
    bus,
    lose: (way) => strike(FAULT_OF[way]),
    disconnect: async (forMs) => void life.sim.time.after(forMs, strike(...OF_A_CONNECTION)),
    leave: async () => life.crash(),
  }
}

/** Time passes while an answer is waited for. */
const passing = (bus: Bus, step: () => Promise<void>): Bus => ({
  publish: (publication) => answered(bus.publish(publication), step),
  takes: (subject) => bus.takes(subject),
  progress: () => answered(bus.progress(), step),
  consume: (options) => bus.consume(options),
})

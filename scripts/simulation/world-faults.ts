import type { Point } from '@skald/testing/simulation'
import type { World } from './world.ts'

/** Faults that belong to no call may strike once in each of these. */
const SLOT_MS = 500
/** The broker stands still for so long when it does, or is away after it lost what it had. */
const MIN_AWAY_MS = 200
const MAX_AWAY_MS = 4_000

/** Faults of the broker, of clocks, and of whole services, as long as faults strike. */
export const troubleTheWorld = (world: World): void => {
  for (let slot = 1; slot * SLOT_MS < world.settings.faultsMs; slot++) {
    world.sim.time.after(slot * SLOT_MS, () => {
      const point = world.sim.run.at(`slot ${slot}`)
      troubleTheBroker(world, point)
      troubleProcesses(world, point)
    })
  }
}

const troubleTheBroker = ({ sim, broker }: World, point: Point): void => {
  const awayMs = (why: string): number => point.between(why, MIN_AWAY_MS, MAX_AWAY_MS)
  if (sim.faults.strike('broker-frozen', point)) broker.freeze(awayMs('freeze'))
  if (sim.faults.strike('broker-wiped', point)) broker.wipe(awayMs('wipe'))
  if (!sim.faults.strike('durable-lost', point)) return
  broker.loseDurable(point.pick('durable', broker.durableNames), awayMs('lose'))
}

const troubleProcesses = ({ sim, replicas, everyReplica }: World, point: Point): void => {
  for (const [service, processes] of Object.entries(replicas)) {
    if (processes.length === 0 || !sim.faults.strike('service-away', point.at(service))) continue
    for (const replica of processes) replica.stayAway(point.at(service))
  }
  for (const replica of everyReplica) {
    const own = point.at(replica.name)
    if (sim.faults.strike('clock-shifted', own)) replica.shiftClock(own)
  }
}

import type { World } from './world.ts'

/** Faults that belong to no call may strike once in each of these. */
const SLOT_MS = 500

/** Faults of the broker, of clocks, and of whole services, as long as faults strike. */
export const troubleTheWorld = (world: World): void => {
  for (let slot = 1; slot * SLOT_MS < world.settings.faultsMs; slot++) {
    world.sim.time.after(slot * SLOT_MS, () => {
      troubleTheBroker(world, `slot ${slot}`)
      troubleProcesses(world, `slot ${slot}`)
    })
  }
}

const troubleTheBroker = ({ sim, broker }: World, point: string): void => {
  if (sim.faults.strike('broker-frozen', point)) broker.freeze(point)
  if (sim.faults.strike('broker-wiped', point)) broker.wipe(point)
  if (!sim.faults.strike('durable-lost', point)) return
  broker.loseDurable(sim.chance.pick(`durable of ${point}`, broker.durableNames), point)
}

const troubleProcesses = ({ sim, replicas, everyReplica }: World, point: string): void => {
  for (const [service, processes] of Object.entries(replicas)) {
    if (!sim.faults.strike('service-away', `${service} ${point}`)) continue
    for (const replica of processes) replica.stayAway(`${service} ${point}`)
  }
  for (const replica of everyReplica) {
    if (sim.faults.strike('clock-shifted', `${replica.name} ${point}`)) replica.shiftClock(point)
  }
}

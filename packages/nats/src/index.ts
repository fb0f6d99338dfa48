export { type BusOptions, createBus } from './bus.ts'
export { BusError, type BusFault } from './bus-error.ts'
export { type ConnectOptions, connect, inboxPrefixOf } from './connection.ts'
export { type Dial, dial } from './dial.ts'
export {
  type Ensured,
  type EnsureOptions,
  ensureTopology,
  type LowWater,
  type TopologyChange,
  TopologyError,
} from './ensure.ts'
export type { BusEvent, Report } from './events.ts'
export { type Keeper, type KeeperOptions, keepTopology } from './keeper.ts'
export type { Connection, Refusal } from './link.ts'
export { type OpenBus, openBus } from './open-bus.ts'
export { type Permissions, permissionsOf } from './permissions.ts'
export type { Watched } from './progress.ts'
export { takes } from './subjects.ts'
export {
  type DurablePlan,
  isRead,
  orderTopology,
  type ServicePlan,
  type StreamPlan,
  type SweepPlan,
  streamOf,
  type Topology,
  type TopologyOptions,
} from './topology.ts'

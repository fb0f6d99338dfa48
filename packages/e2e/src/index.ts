export { Bystander, type Sending } from './broker.ts'
export { Counters } from './counters.ts'
export { CrashPoints } from './crash-points.ts'
export {
  allFaults,
  connectionsCut,
  durablesDeleted,
  type Fault,
  frozen,
  killed,
  restarted,
  storeLost,
  streamDeleted,
} from './faults.ts'
export { type Answer, type Call, call } from './http.ts'
export { type Accepted, type Kind, Load, quickKinds } from './load.ts'
export { sumOf } from './metrics.ts'
export { type Process, processes, processesOf, type ServiceProcess, serviceProcesses } from './processes.ts'
export { type BackingServer, backingServers } from './proxy/detours.ts'
export { natsReader } from './proxy/nats-reader.ts'
export { postgresReader } from './proxy/postgres-reader.ts'
export type { Handed, Reader, Seen, SeenTask, Sighting, Writes } from './proxy/sightings.ts'
export { type Direction, TcpProxy, type Watch } from './proxy/tcp-proxy.ts'
export { type SecondProcess, startSecond } from './second-process.ts'
export { type Ended, type NewOrder, type Order, orderBody, type Placed, type Saga, Shop, type Urls } from './shop.ts'
export { binomialBound, inParallel, percentile, seeded } from './statistics.ts'
export { type Report, type System, type SystemOptions, startSystem } from './system.ts'

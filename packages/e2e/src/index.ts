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
export { allDeadLetters, type Letter } from './hostile/dead-letters.ts'
export { cloudEvent, type HostileMessage, type Known, ownerOf, uniqueId, wireOf } from './hostile/message.ts'
export { dataMessages } from './hostile/message-data.ts'
export { envelopeMessages } from './hostile/message-envelopes.ts'
export { publishRaw, type RawMessage } from './hostile/raw-nats.ts'
export { everythingIn, lastIn } from './hostile/stream-reading.ts'
export { type Answer, type Call, call } from './http.ts'
export { type Accepted, type Kind, Load, quickKinds } from './load.ts'
export { sumOf } from './metrics.ts'
export {
  kill9,
  type Process,
  pidOf,
  processes,
  processesOf,
  type ServiceProcess,
  serviceProcesses,
} from './processes.ts'
export { type BackingServer, backingServers } from './proxy/detours.ts'
export { natsReader } from './proxy/nats-reader.ts'
export { postgresReader } from './proxy/postgres-reader.ts'
export type { Handed, Reader, Seen, SeenTask, Sighting, Writes } from './proxy/sightings.ts'
export { type Direction, TcpProxy, type Watch } from './proxy/tcp-proxy.ts'
export { type AnotherProcess, type First, firstOf, startAnother, startSecond } from './second-process.ts'
export { type Ended, type NewOrder, type Order, orderBody, type Placed, type Saga, Shop, type Urls } from './shop.ts'
export { binomialBound, inParallel, percentile, seeded } from './statistics.ts'
export { type Report, type System, type SystemOptions, startSystem } from './system.ts'

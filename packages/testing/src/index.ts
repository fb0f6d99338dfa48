export { brokerContract } from './contract/broker-contract.ts'
export {
  type BrokerTimes,
  type BrokerUnderTest,
  contractTopology,
  type Process,
  WATCHED,
  type Way,
} from './contract/broker-under-test.ts'
export { CONTRACT_CHECKS, CONTRACT_SQL } from './contract/contract-tables.ts'
export { storeContract } from './contract/store-contract.ts'
export type { StoreUnderTest } from './contract/store-under-test.ts'
export { decide, MemoryRows, messageOf, NOW_MS, takeTask, uniqueId } from './decisions.ts'
export { eventually, type Patience } from './eventually.ts'
export { type HostedService, startHosted } from './hosted-service.ts'
export { MemoryBus, type Settled } from './memory/memory-bus.ts'
export { createMemoryStore, type MemoryStore, type MemoryStoreOptions, type Moment } from './memory/memory-store.ts'
export { type Answer, type RunningService, startRunning } from './running-service.ts'
export { migrationsOf, SERVICES, type ServiceName } from './services.ts'
export { createTestDatabase, type TestDatabase } from './test-database.ts'
export { createTestNats, type TestNats } from './test-nats.ts'
export { valuesOf, xmlFaults } from './well-formed.ts'
export { type Heard, openWire, type Sending, type Wire, type WireOptions } from './wire.ts'

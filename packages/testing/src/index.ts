export { eventually, type Patience } from './eventually.ts'
export { migrationsOf, SERVICES, type ServiceName } from './services.ts'
export { createTestDatabase, type TestDatabase } from './test-database.ts'
export { createTestNats, type TestNats } from './test-nats.ts'

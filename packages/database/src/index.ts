export { type Database, type DatabaseOptions, openDatabase } from './database.ts'
export { toStoreError } from './errors.ts'
export { dropInboxBefore, ensureInboxPartitions } from './partitions.ts'
export { createPostgresStore } from './store.ts'

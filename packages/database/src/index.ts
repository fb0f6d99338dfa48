export { type Database, type DatabaseOptions, openDatabase } from './database.ts'
export { createPostgresStore } from './store.ts'

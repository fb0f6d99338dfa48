export type { App, Platform, Service } from './service.ts'

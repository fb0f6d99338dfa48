export { type App, defineService, type Platform, type Service } from './service.ts'

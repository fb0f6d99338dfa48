export { type About, type Ask, asker, type Request } from './ask.ts'
export { type HostOptions, host } from './host.ts'
export { runService, runServices } from './run.ts'
export { type App, defineService, type Platform, type Service } from './service.ts'

export { tripApp } from './app.ts'
export { type Decide, type DecideReply, decide } from './approval.ts'
export { tripService } from './service.ts'
export { type Trip, trips } from './trip-table.ts'

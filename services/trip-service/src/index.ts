export { tripService } from './service.ts'

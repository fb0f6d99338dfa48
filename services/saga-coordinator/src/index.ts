export { sagaCoordinator } from './service.ts'

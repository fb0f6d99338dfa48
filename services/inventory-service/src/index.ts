export { inventoryService } from './service.ts'

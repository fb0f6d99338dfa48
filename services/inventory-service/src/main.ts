import { runService } from '@skald/host'
import { inventoryService } from './service.ts'

await runService(inventoryService)

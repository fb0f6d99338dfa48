import { runService } from '@skald/host'
import { orderService } from './service.ts'

await runService(orderService)

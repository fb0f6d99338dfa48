import { runService } from '@skald/host'
import { paymentService } from './service.ts'

await runService(paymentService)

import { runService } from '@skald/host'
import { tripService } from './service.ts'

await runService(tripService)

import { runService } from '@skald/host'
import { sagaCoordinator } from './service.ts'

await runService(sagaCoordinator)

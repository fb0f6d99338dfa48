import { runServices } from '@skald/host'
import { inventoryService } from '@skald/inventory-service'
import { orderService } from '@skald/order-service'
import { paymentService } from '@skald/payment-service'
import { sagaCoordinator } from '@skald/saga-coordinator'

// The coordinator first: it makes the streams that the others read.
await runServices('all-in-one', [sagaCoordinator, inventoryService, paymentService, orderService])

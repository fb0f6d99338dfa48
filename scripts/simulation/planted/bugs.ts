import { archiveBugs } from './archive-bugs.ts'
import type { PlantedBug } from './bug.ts'
import { coordinatorBugs } from './coordinator-bugs.ts'
import { letterBugs } from './letter-bugs.ts'
import { messagingBugs } from './messaging-bugs.ts'
import { operatorBugs } from './operator-bugs.ts'
import { pairs } from './pairs.ts'
import { paymentBugs } from './payment-bugs.ts'
import { stockAndOrderBugs } from './stock-and-order-bugs.ts'
import { timerBugs } from './timer-bugs.ts'
import { tripBugs } from './trip-bugs.ts'

/** Guards of the real source, each taken out by itself, and pairs of those that make good for each other. */
export const plantedBugs: readonly PlantedBug[] = [
  ...messagingBugs,
  ...coordinatorBugs,
  ...paymentBugs,
  ...stockAndOrderBugs,
  ...archiveBugs,
  ...operatorBugs,
  ...letterBugs,
  ...timerBugs,
  ...tripBugs,
  ...pairs,
]

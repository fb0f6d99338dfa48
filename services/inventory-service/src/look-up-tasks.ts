import type { DataOf, inventoryRelease, productAnnounce } from '@skald/contracts'
import type { AppPorts } from '@skald/host'
import type { Handler, Task } from '@skald/messaging'
import { PAGE_LOOK_UP, pageLookedUp } from './handlers/announce-products.ts'
import { COMMIT_LOOK_UP, commitLookedUp } from './handlers/commit-stock.ts'
import { commandOf, type LookedUp } from './handlers/look-up.ts'
import { RELEASE_LOOK_UP, releaseLookedUp } from './handlers/release-stock.ts'
import { SOURCE } from './source.ts'
import type { StockReading } from './store/reading.ts'

type Take = (task: Task) => void
/** A commit is about an order in the same words. */
type OfOrder = DataOf<typeof inventoryRelease>

/** What is done with due tasks of commands that were left open: the look, and then the request that answers. */
export const lookUpTasks = (
  ports: AppPorts,
  reading: Pick<StockReading, 'products' | 'reservedItems'>,
): Readonly<Record<string, Take>> => {
  const take = <Found>(handler: Handler<LookedUp<Found>>, look: (task: Task) => Promise<Found>): Take => {
    const answer = async (task: Task): Promise<void> => {
      const data = { task, found: await look(task) }
      const { id, subject, correlationId, traceparent, time } = commandOf(task)
      await ports.submit(handler, {
        id: `${handler.type}/${id}`,
        type: handler.type,
        source: SOURCE,
        subject,
        time,
        correlationId,
        traceparent,
        data,
      })
    }
    // A look that fails keeps its task: the lease brings it back.
    return (task) => {
      answer(task).catch((err: unknown) =>
        ports.logger.warn({ err, task: task.id }, 'a command could not be answered; it is tried again'),
      )
    }
  }
  const itemsOf = (task: Task) => reading.reservedItems(commandOf<OfOrder>(task).data.orderId)
  return {
    [RELEASE_LOOK_UP]: take(releaseLookedUp, itemsOf),
    [COMMIT_LOOK_UP]: take(commitLookedUp, itemsOf),
    [PAGE_LOOK_UP]: take(pageLookedUp, (task) => {
      const { after, limit } = commandOf<DataOf<typeof productAnnounce>>(task).data
      return reading.products(after, limit + 1)
    }),
  }
}

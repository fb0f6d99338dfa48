import { bug, type PlantedBug } from './bug.ts'

const STOCK = 'services/inventory-service/src'
const ORDER = 'services/order-service/src'

export const stockAndOrderBugs: readonly PlantedBug[] = [
  bug(
    'no tombstone of stock that was released',
    `${STOCK}/handlers/release-stock.ts`,
    '      releaseBeforehand(rows, orderId, turn.nowMs)\n',
    '',
  ),
  bug(
    'stock is held again for the same order',
    `${STOCK}/handlers/reserve-stock.ts`,
    'rows.get(reservations, orderId) ?? hold(',
    'hold(',
  ),
  bug(
    'stock that was taken is taken again',
    `${STOCK}/handlers/commit-stock.ts`,
    "    case 'COMMITTED':\n      break\n",
    "    case 'COMMITTED':\n      commit(rows, reservation, turn.nowMs)\n      break\n",
  ),
  bug(
    'more is held than there is',
    `${STOCK}/stock/reserving.ts`,
    'return available < quantity ?',
    'return available < 0 ?',
  ),
  bug(
    'a change of a product is not announced',
    `${STOCK}/change-tasks.ts`,
    '    await bus.publish(publicationOf(message, attempts, codec))\n',
    '',
  ),
  bug(
    'a task goes before the PubAck',
    `${STOCK}/change-tasks.ts`,
    '    await bus.publish(publicationOf(message, attempts, codec))\n    await submit(forget, { ...message, type: forget.type, data: { taskId } })\n',
    '    await submit(forget, { ...message, type: forget.type, data: { taskId } })\n    await bus.publish(publicationOf(message, attempts, codec))\n',
  ),
  bug(
    'an older copy of a product replaces a newer one',
    `${ORDER}/handlers/product-updated.ts`,
    'kept.version < version',
    'kept.version !== version',
  ),
  bug(
    'an order is not announced until it has ended',
    `${ORDER}/requests/place-order.ts`,
    '  rows.put(tasks, announcementTask(ANNOUNCE_ORDER, { orderId, traceparent }, nowMs))\n',
    '',
  ),
  bug(
    'an order is announced once more and never again',
    `${ORDER}/requests/announce-again.ts`,
    '    rows.put(tasks, { ...task, due_at, body: { ...body, saidAtMs: nowMs, said: said + 1 } })\n',
    '    rows.delete(tasks, task.id)\n',
  ),
  bug(
    'an Idempotency-Key is not looked up',
    `${ORDER}/requests/place-order.ts`,
    'const answered = repeatable && rows.get(idempotency, repeatable.key)',
    'const answered = undefined as { body_digest: string; response: unknown } | undefined',
  ),
  bug(
    'an order that was cancelled is still announced',
    `${ORDER}/orders/ending.ts`,
    '  endAnnouncements(rows, order)\n',
    '',
  ),
  bug(
    'a lost stream is not noticed',
    `${ORDER}/watch-stream.ts`,
    'if (remembered.incarnation !== seen.incarnation) return',
    'if (seen.sequence < 0) return',
  ),
  bug(
    'an announcement is put off by looks that say nothing',
    `${ORDER}/requests/announce-again.ts`,
    'rows.put(tasks, { ...task, due_at: nowMs + nextLeaseMs(kind, said) })',
    'rows.put(tasks, { ...task, due_at: nowMs + nextLeaseMs(kind, task.attempts) })',
  ),
]

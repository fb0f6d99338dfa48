import { products, reservations, type StockReading, stocks } from '@skald/inventory-service'
import { type Table, table, tasks } from '@skald/messaging'
import { productCopies, type StreamMark, type StreamMarks } from '@skald/order-service'
import type { Life, SimDatabase } from '@skald/testing/simulation'

interface MarkRow extends StreamMark {
  readonly stream: string
}

const marks: Table<MarkRow> = table<MarkRow>({
  name: 'stream_mark',
  key: 'stream',
  columns: { stream: 'text', incarnation: 'text', sequence: 'bigint' },
  blind: 'replace',
})

/** Far below what one second can take, as the real statement spreads them. */
const DUE_PER_SECOND = 1_000

/**
 * What the services read outside their batches, on a simulated database: in PostgreSQL it is SQL of theirs. `unsaid` is told of a
 * stream that was made anew and is remembered so, though what it had held was not made due.
 */
export const streamMarksOf = (database: SimDatabase, life: Life, unsaid: (what: string) => void): StreamMarks => {
  const { memory, sim } = database
  let isMadeDue = false
  let known: string | undefined
  return {
    get: (stream) =>
      database.read(life, 'the stream mark', () => {
        const mark = memory.all(marks).find((row) => row.stream === stream)
        known = mark?.incarnation
        return mark
      }),
    put: (stream, mark) =>
      database.read(life, 'and writes the stream mark', () => {
        if (mark.incarnation !== known && !isMadeDue)
          unsaid(`${life.name} remembers ${mark.incarnation}, and nothing was made due for it`)
        known = mark.incarnation
        isMadeDue = false
        return database.write({ table: marks, upserts: [{ stream, ...mark }] })
      }),
    makeDue: (kinds) =>
      database.read(life, 'and makes tasks due', async () => {
        const due = memory.all(tasks).filter(({ kind }) => kinds.includes(kind))
        const keys = due.map(({ id }) => id)
        await memory.transact([{ table: tasks, keys, lock: true }], (loaded) => {
          const rows = keys.flatMap((key) => (loaded.get(tasks, key) as (typeof due)[number] | undefined) ?? [])
          const updates = rows.map((row, place) => ({
            ...row,
            due_at: Math.min(row.due_at, Math.floor(loaded.nowMs + ((place + 1) * 1_000) / DUE_PER_SECOND)),
          }))
          return { changes: [{ table: tasks, inserts: [], updates, upserts: [], deletes: [] }], result: undefined }
        })
        isMadeDue = true
        sim.trace.note(life.name, life.name, `makes ${keys.length} tasks due`)
        database.changed()
        return keys.length
      }),
  }
}

export const hasProductsOf = (database: SimDatabase, life: Life) => (): Promise<boolean> =>
  database.read(life, 'whether there are products', () => database.memory.all(productCopies).length > 0)

export const stockReadingOf = (
  database: SimDatabase,
  life: Life,
): Pick<StockReading, 'products' | 'reservedItems'> => ({
  products: (after, limit) =>
    database.read(life, 'a page of products', () => {
      const stockOf = new Map(database.memory.all(stocks).map((stock) => [stock.sku, stock]))
      const behind = database.memory.all(products).filter(({ sku }) => after === undefined || sku > after)
      return behind.slice(0, limit).flatMap((product) => {
        const stock = stockOf.get(product.sku)
        return stock ? [{ ...product, ...stock }] : []
      })
    }),
  reservedItems: (orderId) =>
    database.read(
      life,
      'a reservation',
      () => database.memory.all(reservations).find(({ order_id }) => order_id === orderId)?.items ?? [],
    ),
})

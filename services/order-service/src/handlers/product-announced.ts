import { type DataOf, productAnnounced } from '@skald/contracts'
import type { Handler } from '@skald/messaging'
import { arrived, askingRow } from '../catalogue/asking.ts'

/** A page of the catalogue was said in full; when it also arrived in full, the next one is asked for. */
export const closePage: Handler<DataOf<typeof productAnnounced>> = {
  type: productAnnounced.type,
  rows: () => [askingRow],
  decide: ({ data: { count, next }, causationId }, rows, turn) => ({
    says: arrived(rows, causationId, turn, { count, next }),
  }),
}

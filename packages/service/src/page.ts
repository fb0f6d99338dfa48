import { z } from 'zod'
import { findHostile } from './http-input.ts'
import { Problem } from './problem.ts'

const defaultPageSize = 20
const maxPageSize = 100

function limitField() {
  const message = `must be an integer from 1 to ${maxPageSize}`
  return z
    .string()
    .regex(/^([1-9][0-9]?|100)$/, message)
    .transform(Number)
    .default(defaultPageSize)
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: maxPageSize,
      description: `Page size, ${defaultPageSize} when absent`,
    })
}

/** For the query of every list: `z.strictObject({ ...pageFields(), status: ... })`. */
export function pageFields() {
  return {
    limit: limitField(),
    cursor: z.string().max(1024).optional().describe('`nextCursor` of the page before; opaque'),
  }
}

export interface Page<Item> {
  readonly items: Item[]
  readonly nextCursor?: string
}

export interface CursorCodec<Position> {
  readonly encode: (position: Position) => string
  /** @throws {Problem} `invalid-cursor` for text that `encode` of this list did not make. */
  readonly decode: (cursor: string) => Position
}

/** Raised when the meaning of positions changes, so that old cursors are refused instead of misread. */
const cursorVersion = 1

/**
 * Cursors of one list. They say where a page ended (the sort key of its last item), not what may be seen, so they are
 * neither signed nor secret; a cursor of another list is refused by its name, anything else by the schema.
 */
export function createCursorCodec<Position>(list: string, schema: z.ZodType<Position>): CursorCodec<Position> {
  const envelope = z.tuple([z.literal(cursorVersion), z.literal(list), schema])
  const refuse = (cause: unknown): never => {
    const detail = 'Pass nextCursor of a page of this list as it is, or none for the first page.'
    throw new Problem('invalid-cursor', { detail, errors: [{ field: 'query.cursor', message: 'is not ours' }], cause })
  }
  return {
    encode: (position) => Buffer.from(JSON.stringify([cursorVersion, list, position])).toString('base64url'),
    decode: (cursor) => {
      const bytes = Buffer.from(cursor, 'base64url')
      // Node skips what is not base64url; a cursor that was changed must not pass as another.
      if (bytes.toString('base64url') !== cursor) return refuse('not base64url')
      try {
        const [, , position] = envelope.parse(JSON.parse(bytes.toString('utf8')))
        // A cursor is a stranger's text like any other, but no validator has looked into it.
        return findHostile(position) === undefined ? position : refuse('hostile text')
      } catch (error) {
        return refuse(error)
      }
    },
  }
}

/**
 * A page from one row more than was asked for: whether there is a next page is known without a second query.
 *
 * @param rows up to `limit + 1` rows in the order of the list.
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  { item, cursor }: { item: (row: Row) => Item; cursor: (last: Row) => string },
): Page<Item> {
  const last = rows[limit - 1]
  const items = rows.slice(0, limit).map(item)
  return rows.length > limit && last !== undefined ? { items, nextCursor: cursor(last) } : { items }
}

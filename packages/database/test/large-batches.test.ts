import { type Table, table } from '@skald/messaging'
import { createTestDatabase } from '@skald/testing'
import { expect, it, onTestFinished } from 'vitest'
import { createPostgresStore, openDatabase } from '../src/index.ts'

interface Note {
  readonly id: string
  readonly words: string
  readonly maybe: string | null
  readonly document: unknown
}

const notes: Table<Note> = table<Note>({
  name: 'note',
  key: 'id',
  columns: { id: 'text', words: 'text', maybe: 'text', document: 'json' },
})

/** Each of another length, in one to four bytes a character, with all that an array or JSON would have to escape. */
const noteAt = (index: number): Note => {
  const words = `${'añ€😀"\\{},NULL\t\n'.repeat(index % 50)}${index}`
  return { id: `note-${index}`, words, maybe: index % 3 === 0 ? null : 'NULL', document: { words, index, none: null } }
}

it('batches of any size, of any text, are stored as they are, one after the other', async () => {
  const testDatabase = await createTestDatabase('order')
  onTestFinished(() => testDatabase.close())
  await testDatabase.query(
    'CREATE TABLE note (id text PRIMARY KEY, words text NOT NULL, maybe text, document text NOT NULL)',
  )
  const database = openDatabase({ url: testDatabase.url, applicationName: 'large-batches' })
  onTestFinished(() => database.close())
  const store = createPostgresStore(database)
  const none = { updates: [], upserts: [], deletes: [] }

  let next = 0
  for (const size of [1, 3_000, 2, 500]) {
    const written = Array.from({ length: size }, () => noteAt(next++))
    await store.transact([], () => ({ changes: [{ ...none, table: notes, inserts: written }], result: undefined }))
    const keys = written.map(({ id }) => id)
    const stored = await store.transact([{ table: notes, keys, lock: true }], (loaded) => ({
      changes: [],
      result: keys.map((key) => loaded.get(notes, key)),
    }))
    expect(stored).toEqual(written)
  }
})

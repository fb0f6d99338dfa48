import pg from 'pg'
import type { Participant } from '../bring.ts'
import { participantOf } from '../bring.ts'
import { sagaNow } from '../remembered.ts'
import type { Accepted, Restorable } from './restorable.ts'

/** Makes a participant forget that it was ever asked some things about an order, as an older backup would. */
export const forget = async (
  { databases }: Restorable,
  participant: Participant,
  { sagaId }: Accepted,
  types: readonly string[],
): Promise<void> => {
  const client = new pg.Client({ connectionString: databases.saga.url })
  await client.connect()
  const saga = await sagaNow(client, sagaId)
  await client.end()
  const said = saga?.entries.flatMap((entry) => entry.said) ?? []
  const ids = said
    .filter((message) => participantOf(message) === participant && types.includes(message.type))
    .map(({ id }) => id)
  if (ids.length === 0) throw new Error(`saga ${sagaId} said none of ${types.join(', ')}`)
  await databases[participant].query('DELETE FROM inbox WHERE message_id = ANY($1::text[])', [ids])
}

/** Makes the coordinator forget a saga, with its history and its names. */
export const forgetSaga = async ({ databases: { saga } }: Restorable, { sagaId }: Accepted): Promise<void> => {
  for (const table of ['history', 'saga', 'saga_detour', 'saga_subject']) {
    await saga.query(`DELETE FROM ${table} WHERE saga_id = $1`, [sagaId])
  }
  await saga.query('DELETE FROM task WHERE id = $1', [`wake/${sagaId}`])
}

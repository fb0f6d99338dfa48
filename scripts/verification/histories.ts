import type { PersonNeeded } from '@skald/saga'
import type pg from 'pg'
import type { FindDefinition } from './definitions.ts'
import { breakIn, gapIn, hasSkip, type SlimEntry, type SlimHistory, shapeOf } from './history-shape.ts'
import { type Entry, replay } from './replay.ts'

/*
 * All histories in one pass. A replay costs far more than reading an entry, and the way of a saga is decided by what
 * came in answer to what, never by names or amounts. So histories that agree in that, and say that they went the same
 * way, have one shape, and one of each shape is replayed: a million sagas have a few dozen.
 */

export interface Histories {
  readonly gaps: readonly string[]
  readonly breaks: readonly string[]
  readonly illegal: readonly string[]
  /** What a person settled by hand, by saga id. */
  readonly settledByHand: ReadonlyMap<string, readonly PersonNeeded[]>
}

/** Sagas a query: large enough that round trips do not count, a few megabytes of entries. */
const CHUNK = 2_000

const SLIM = `SELECT s.saga_id, s.definition, s.version, s.revision, coalesce(h.entries, '[]') AS entries
  FROM (SELECT saga_id, definition, version, revision FROM saga
        WHERE saga_id > $1 AND definition <> '' ORDER BY saga_id LIMIT ${CHUNK}) s
  LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(seq, message_id, type, causation_id, from_state, to_state,
      CASE WHEN outputs <> '[]' THEN jsonb_path_query_array(outputs::jsonb, '$[*].type') ELSE '[]' END,
      CASE WHEN type LIKE 'timer.%' THEN input END) ORDER BY seq) AS entries
    FROM history WHERE history.saga_id = s.saga_id) h ON true
  ORDER BY s.saga_id`

const INPUTS = `SELECT saga_id, seq, input FROM history WHERE saga_id = ANY($1::text[])`

/** Fields of an archived entry, by their place in it. */
const ARCHIVED_STEPS = `json_array_elements(a.body::json -> 'steps') AS step`

const SLIM_ARCHIVED = `SELECT a.saga_id, a.definition, a.version, a.revision, coalesce(h.entries, '[]') AS entries
  FROM (SELECT * FROM saga_archive WHERE saga_id > $1 ORDER BY saga_id LIMIT ${CHUNK}) a
  LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(step -> 0, step -> 2, step -> 3, step -> 4, (step -> 6)::text, (step -> 7)::text,
      jsonb_path_query_array((step -> 8)::jsonb, '$[*].type'),
      CASE WHEN step ->> 3 LIKE 'timer.%' THEN (step -> 5)::text END) ORDER BY (step ->> 0)::int) AS entries
    FROM ${ARCHIVED_STEPS}) h ON true
  ORDER BY a.saga_id`

const INPUTS_ARCHIVED = `SELECT a.saga_id, (step ->> 0)::int AS seq, (step -> 5)::text AS input
  FROM saga_archive a, ${ARCHIVED_STEPS} WHERE a.saga_id = ANY($1::text[])`

/** Where sagas are. */
const PLACES = [
  { slim: SLIM, inputs: INPUTS },
  { slim: SLIM_ARCHIVED, inputs: INPUTS_ARCHIVED },
]

export const readHistories = async (saga: pg.Client, find: FindDefinition): Promise<Histories> => {
  const found = { gaps: [] as string[], breaks: [] as string[], illegal: [] as string[] }
  const settledByHand = new Map<string, readonly PersonNeeded[]>()
  const faults = new Map<string, string | undefined>()
  for await (const { histories, inputs } of chunksOf(saga)) {
    const shaped = histories.map((history) => ({ history, shape: shapeOf(history) }))
    for (const [shape, history, entries] of await toReplay(saga, inputs, shaped, faults)) {
      const versions = (version: number) => find(history.definition, version)
      const { fault, skipped } = replay(versions, history.version, history.saga_id, entries)
      faults.set(shape, fault)
      if (skipped.length > 0) settledByHand.set(history.saga_id, skipped)
    }
    for (const { history, shape } of shaped) {
      const where = `saga ${history.saga_id}`
      const [gap, broken, fault] = [gapIn(history), breakIn(history), faults.get(shape)]
      if (gap) found.gaps.push(`${where}: ${gap}`)
      if (broken) found.breaks.push(`${where}, ${broken}`)
      if (fault) found.illegal.push(`${where}, ${fault}`)
    }
  }
  return { ...found, settledByHand }
}

interface Chunk {
  readonly histories: readonly SlimHistory[]
  /** What reads their inputs. */
  readonly inputs: string
}

async function* chunksOf(saga: pg.Client): AsyncGenerator<Chunk> {
  for (const { slim, inputs } of PLACES) {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const { rows }: pg.QueryResult<SlimHistory> = await saga.query<SlimHistory>(slim, [after])
      if (rows.length > 0) yield { histories: rows, inputs }
      after = rows.at(-1)?.saga_id
    }
  }
}

type Shaped = { readonly history: SlimHistory; readonly shape: string }

/** One history of each new shape with its inputs, and every history in which a person skipped: what was skipped differs. */
const toReplay = async (
  saga: pg.Client,
  inputsOf: string,
  shaped: readonly Shaped[],
  known: ReadonlyMap<string, unknown>,
): Promise<readonly (readonly [string, SlimHistory, readonly Entry[]])[]> => {
  const chosen = new Map<string, Shaped>()
  for (const one of shaped) {
    const key = hasSkip(one.history) ? one.history.saga_id : one.shape
    if (!known.has(key) && !chosen.has(key)) chosen.set(key, one)
  }
  if (chosen.size === 0) return []
  const ids = [...chosen.values()].map(({ history }) => history.saga_id)
  const { rows } = await saga.query<{ saga_id: string; seq: number; input: string }>(inputsOf, [ids])
  const inputs = new Map(rows.map(({ saga_id, seq, input }) => [`${saga_id}/${seq}`, input]))
  return [...chosen.values()].map(({ history, shape }) => [
    shape,
    history,
    history.entries.map((entry) => entryOf(entry, inputs.get(`${history.saga_id}/${entry[0]}`) ?? 'null')),
  ])
}

const entryOf = ([seq, messageId, type, causationId, , toState, saidTypes]: SlimEntry, input: string): Entry => ({
  seq,
  messageId,
  type,
  causationId,
  input: JSON.parse(input),
  toState,
  saidTypes,
})

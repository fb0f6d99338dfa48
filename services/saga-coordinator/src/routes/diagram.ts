import { id } from '@skald/contracts'
import { createDiagrams, type Form, formFor, mediaTypes, type Run, written } from '@skald/diagram'
import { type Definition, describe } from '@skald/saga'
import { type Http, Problem, problemResponses } from '@skald/service'
import { z } from 'zod'
import type { Definitions } from '../definitions.ts'
import type { SagaReading } from '../store/reading.ts'
import type { HistoryRow, SagaRow } from '../store/saga-tables.ts'

/** The picture brings its own style sheet, which a browser that opens it as a page would else refuse; and nothing more. */
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

const picture = z
  .looseObject({
    definition: z.string(),
    version: z.int(),
    saga: z.looseObject({ sagaId: z.string(), status: z.string(), ended: z.boolean() }).optional(),
    width: z.number(),
    height: z.number(),
    nodes: z.array(z.looseObject({ id: z.string(), kind: z.string(), path: z.string(), live: z.boolean() })),
    edges: z.array(z.looseObject({ id: z.string(), from: z.string(), to: z.string(), taken: z.array(z.int()) })),
    taken: z.array(z.looseObject({ seq: z.int(), type: z.string(), edges: z.array(z.string()) })),
    live: z.array(z.string()),
    noted: z.array(z.looseObject({ state: z.string(), on: z.string() })),
  })
  .meta({
    id: 'Diagram',
    description: 'A statechart laid out in pixels, with the lines of the history that took each edge',
  })

const response = {
  200: {
    description: 'The statechart, in the form that `Accept` asks for; SVG when it does not say',
    content: {
      [mediaTypes.svg]: { schema: z.string() },
      [mediaTypes.mermaid]: { schema: z.string() },
      [mediaTypes.json]: { schema: picture },
    },
  },
}

/** Statecharts as pictures: of a definition, and of a saga with the way it took and where it is. */
export const diagramRoutes = (http: Http, reading: SagaReading, definitions: Definitions): void => {
  const diagrams = createDiagrams()

  http.get(
    '/sagas/:sagaId/diagram',
    {
      schema: {
        summary: 'The statechart of a saga, with the way it took',
        params: z.strictObject({ sagaId: z.string().min(1).max(255) }),
        response: { ...response, ...problemResponses('saga-not-found', 'definition-not-found', 'not-acceptable') },
      },
    },
    async ({ params: { sagaId }, headers: { accept } }, reply) => {
      const form = formOf(accept)
      const saga = await reading.saga(sagaId)
      if (!saga) throw new Problem('saga-not-found', { detail: `No saga ${sagaId} has started.` })
      const definition = definitions.get(saga.definition, saga.version)
      if (!definition) throw unknownDefinition(`${saga.definition} version ${saga.version}`)
      const run = runOf(saga, await reading.history(saga))
      const drawn = await diagrams.picture(describe(definition), run)
      return reply.headers(headersOf(form)).serializer(asItIs).send(written(drawn, form))
    },
  )

  http.get(
    '/definitions/:name/diagram',
    {
      schema: {
        summary: 'The statechart of a definition, of its newest version unless another is named',
        params: z.strictObject({ name: id }),
        querystring: z.strictObject({ version: versionField() }),
        response: { ...response, ...problemResponses('definition-not-found', 'not-acceptable') },
      },
    },
    async ({ params: { name }, query: { version }, headers: { accept } }, reply) => {
      const form = formOf(accept)
      const definition = version === undefined ? newest(definitions, name) : definitions.get(name, version)
      if (!definition) throw unknownDefinition(version === undefined ? name : `${name} version ${version}`)
      const drawn = await diagrams.picture(describe(definition))
      return reply.headers(headersOf(form)).serializer(asItIs).send(written(drawn, form))
    },
  )
}

const versionField = () =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a version: 1, 2, 3, ...')
    .transform(Number)
    .optional()

const newest = ({ all }: Definitions, name: string): Definition | undefined =>
  all.filter((definition) => definition.name === name).sort((a, b) => b.version - a.version)[0]

const unknownDefinition = (what: string): Problem =>
  new Problem('definition-not-found', {
    detail: `This coordinator does not run ${what}; GET /definitions lists what it runs.`,
  })

const formOf = (accept: string | undefined): Form => {
  const form = formFor(accept)
  if (form !== undefined) return form
  throw new Problem('not-acceptable', { detail: `A diagram can be given as ${Object.values(mediaTypes).join(', ')}.` })
}

/** A saga and its history are read one after the other: lines that were written between are of a later picture. */
const runOf = (saga: SagaRow, rows: readonly HistoryRow[]): Run => ({
  sagaId: saga.saga_id,
  status: saga.status,
  state: saga.state?.value ?? null,
  ended: saga.ended_at !== null,
  steps: rows.flatMap(({ seq, type, from_state, to_state, note }) =>
    to_state === null || seq > saga.revision || note?.startsWith('ignored: ')
      ? []
      : [{ seq, type, from: from_state, to: to_state }],
  ),
})

const headersOf = (form: Form): Record<string, string> => ({
  'content-type': form === 'json' ? mediaTypes.json : `${mediaTypes[form]}; charset=utf-8`,
  vary: 'accept',
  ...(form === 'svg' && { 'content-security-policy': SVG_POLICY }),
})

/** The forms are text already. */
const asItIs = (text: string): string => text

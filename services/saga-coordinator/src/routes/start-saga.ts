import { contracts, id, version } from '@skald/contracts'
import type { Ask, Request } from '@skald/host'
import { digestOf } from '@skald/messaging'
import type { Definition } from '@skald/saga'
import {
  compileValidator,
  type Http,
  idempotencyHeaders,
  operatorGuard,
  Problem,
  problemResponses,
} from '@skald/service'
import { z } from 'zod'
import type { Definitions } from '../definitions.ts'
import type { Started, StartReply, StartSaga } from '../operator/start-saga.ts'

export interface StartRoute {
  readonly ask: Ask
  readonly newId: () => string
  readonly start: Request<StartSaga, StartReply>
  readonly definitions: Definitions
  readonly operatorToken: string | undefined
}

const body = z.strictObject({
  definition: id.describe('Its name; GET /definitions lists those with startsOnRequest'),
  version: version.optional().describe('The newest when left out'),
  sagaId: id
    .optional()
    .describe('Made when left out. Given, it makes the request repeatable as an Idempotency-Key does'),
  data: z.record(z.string(), z.unknown()).describe('The data of the event that starts such a saga'),
})
const problems = problemResponses(
  'invalid-request',
  'unauthorized',
  'forbidden',
  'definition-not-found',
  'definition-not-startable',
  'saga-exists',
  'idempotency-key-reused',
  'unavailable',
)

export const startRoute = (http: Http, { ask, newId, start, definitions, operatorToken }: StartRoute): void => {
  http.post(
    '/sagas',
    {
      onRequest: operatorGuard(operatorToken),
      schema: { summary: 'Starts a saga', headers: idempotencyHeaders(), body, response: problems },
    },
    async ({ body: { definition: name, version: wanted, sagaId, data }, headers }, response) => {
      const definition = startable(definitions, name, wanted)
      const { data: checked, subject } = checkedData(definition, data)
      const digest = digestOf(JSON.stringify([name, wanted ?? null, sagaId ?? null, checked]))
      const keys = [headers['idempotency-key'], sagaId && keyOfSaga(sagaId)].filter((key) => key !== undefined)
      const repeatable = keys.map((key) => ({ key, digest }))
      const { version } = definition
      const about = { subject, correlationId: sagaId ?? newId() }
      const answer = await ask(start, { definition: name, version, data: checked, repeatable }, about)
      const started = startedOf(answer, sagaId)
      return response.header('location', `/sagas/${started.sagaId}`).code(201).send(started)
    },
  )
}

/** No Idempotency-Key has a blank, so this is nobody else's key. */
const keyOfSaga = (sagaId: string): string => `saga ${sagaId}`

const startable = (definitions: Definitions, name: string, wanted: number | undefined): Definition => {
  const definition = wanted === undefined ? definitions.newest(name) : definitions.get(name, wanted)
  if (!definition) throw notFound(definitions, name, wanted)
  if (definition.startsOnRequest) return definition
  const { startedBy } = definition
  const from = contracts.contractOf(startedBy)?.role.from ?? 'a service'
  throw new Problem('definition-not-startable', {
    detail: `A saga of ${name} starts when ${from} says ${startedBy}, with a record of its own that the saga works on: ask ${from}.`,
  })
}

const notFound = (definitions: Definitions, name: string, wanted: number | undefined): Problem => {
  const versions = definitions.versions(name).map(({ version }) => version)
  const isName = versions.length === 0
  const detail = isName
    ? `No definition is called ${name}; there is ${definitions.names.join(', ')}.`
    : `${name} has no version ${wanted}; there is ${versions.join(', ')}.`
  const field = isName ? 'definition' : 'version'
  return new Problem('definition-not-found', { detail, errors: [{ field, message: detail }] })
}

const checkedData = (definition: Definition, given: unknown): { readonly data: unknown; readonly subject: string } => {
  const contract = contracts.contractOf(definition.startedBy)
  if (!contract) throw new Error(`${definition.startedBy} has no contract`)
  const read = compileValidator({ schema: contract.schema, httpPart: 'data' })(given)
  if ('error' in read) throw read.error
  return { data: read.value, subject: contract.subjectOf(read.value as never) }
}

const startedOf = (answer: StartReply, sagaId: string | undefined): Started => {
  switch (answer.kind) {
    case 'started':
      return answer.answer
    case 'exists':
      throw new Problem('saga-exists', { detail: answer.why })
    case 'key-reused':
      throw sagaId !== undefined && answer.key === keyOfSaga(sagaId)
        ? new Problem('saga-exists', { detail: `Saga ${sagaId} was started with another body.` })
        : new Problem('idempotency-key-reused', { detail: 'Use a new Idempotency-Key for another saga.' })
  }
}

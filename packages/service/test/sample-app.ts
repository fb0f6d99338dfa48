import { z } from 'zod'
import {
  buildHttp,
  createCursorCodec,
  createHealth,
  createMetrics,
  type Health,
  type Http,
  type HttpLimits,
  idempotencyHeaders,
  type Logger,
  type Metrics,
  operatorGuard,
  Problem,
  pageFields,
  problemResponses,
} from '../src/index.ts'

export interface SampleApp {
  readonly http: Http
  readonly health: Health
  readonly metrics: Metrics
  /** Bodies that reached the route. */
  readonly taken: unknown[]
}

export interface SampleOptions {
  readonly logger?: Logger
  readonly limits?: Partial<HttpLimits>
  readonly operatorToken?: string
}

const id = z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/)
const money = z.strictObject({ amount: z.int().min(0), currency: z.literal('EUR') })

const parcelBody = z.strictObject({
  customerId: id,
  name: z.string().max(200).regex(/\S/).optional(),
  price: money.optional(),
  items: z
    .array(z.strictObject({ sku: id, quantity: z.int().min(1).max(1_000_000) }))
    .min(1)
    .max(100),
  labels: z.record(z.string(), z.number()).optional(),
})

const parcelAnswer = z.strictObject({ parcelId: z.string(), lines: z.int() })
export const parcelCursor = createCursorCodec('parcels', z.strictObject({ after: z.int() }))

/** A service as ours are, with one route of each kind. */
export async function buildSampleApp({ logger, limits, operatorToken }: SampleOptions = {}): Promise<SampleApp> {
  const health = createHealth()
  const metrics = createMetrics('sample-service', { processMetrics: false })
  const http = await buildHttp({
    service: 'sample-service',
    metrics,
    health,
    ...(logger === undefined ? {} : { logger }),
    ...(limits === undefined ? {} : { limits }),
  })
  const taken: unknown[] = []

  http.route({
    method: 'POST',
    url: '/parcels',
    schema: {
      summary: 'Takes a parcel',
      headers: idempotencyHeaders(),
      body: parcelBody,
      response: { 201: parcelAnswer, ...problemResponses('invalid-request', 'unknown-sku') },
    },
    handler: async ({ body }, reply) => {
      taken.push(body)
      return reply.code(201).send({ parcelId: body.customerId, lines: body.items.length })
    },
  })
  http.route({
    method: 'GET',
    url: '/parcels',
    schema: {
      querystring: z.strictObject({ ...pageFields(), status: z.enum(['OPEN', 'SENT']).optional() }),
      response: { 200: z.strictObject({ limit: z.int(), after: z.int().optional() }) },
    },
    handler: async ({ query: { limit, cursor } }) => ({
      limit,
      ...(cursor === undefined ? {} : parcelCursor.decode(cursor)),
    }),
  })
  http.route({
    method: 'GET',
    url: '/parcels/:parcelId',
    schema: { params: z.strictObject({ parcelId: id }), response: { 200: parcelAnswer } },
    handler: async ({ params: { parcelId } }) => {
      if (parcelId === 'broken') throw new Error('connect to postgresql://skald:hunter2@db/order_db failed')
      if (parcelId === 'away') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      if (parcelId === 'missing') throw new Problem('not-found', { detail: 'No such parcel.' })
      return { parcelId, lines: parcelId === 'wrong-answer' ? 0.5 : 1 }
    },
  })
  http.route({
    method: 'POST',
    url: '/parcels/:parcelId/send',
    onRequest: operatorGuard(operatorToken),
    schema: { params: z.strictObject({ parcelId: id }) },
    handler: async (_request, reply) => reply.code(202).send({}),
  })
  return { http, health, metrics, taken }
}

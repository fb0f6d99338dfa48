import { z } from 'zod'
import type { Health } from './health.ts'
import type { Http } from './http.ts'
import type { Metrics } from './metrics.ts'

const reportSchema = z.strictObject({
  status: z.enum(['ok', 'failing']),
  checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string() })),
})

const tags = ['operations']

function probe(http: Http, url: string, summary: string, ask: Health['ready']): void {
  http.route({
    method: 'GET',
    url,
    schema: { tags, summary, response: { 200: reportSchema, 503: reportSchema } },
    handler: async (_request, reply) => {
      const { ok, checks } = await ask()
      return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'failing', checks: [...checks] })
    },
  })
}

/** What whoever runs the service asks it. */
export function operationRoutes(http: Http, { metrics, health }: { metrics: Metrics; health: Health }): void {
  probe(http, '/livez', 'Should this process be left running? 503: restart it', health.live)
  probe(http, '/readyz', 'May this process be sent requests? 503: not now, the checks say why', health.ready)
  http.route({
    method: 'GET',
    url: '/metrics',
    schema: { tags, summary: 'Metrics in the text format of Prometheus', response: { 200: z.string() } },
    handler: async (_request, reply) => {
      const text = await metrics.registry.metrics()
      return reply
        .type(metrics.registry.contentType)
        .serializer((payload: string) => payload)
        .send(text)
    },
  })
}

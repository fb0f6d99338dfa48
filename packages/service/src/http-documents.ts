import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPI } from 'openapi-types'
import type { Http, HttpOptions } from './http.ts'
import { problemResponse } from './problem.ts'

/** Scripts and styles of the page itself only: it works without a network and sends nothing elsewhere. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

/** Every `#/components/schemas/X` that the text names. */
function referenced(text: string): Set<string> {
  return new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].flatMap(([, name]) => name ?? []))
}

/**
 * Without the components that nothing refers to. Named schemas live in one registry for the whole process, which may
 * host several services: each document would list those of the others.
 */
function withoutUnused(schemas: Record<string, unknown>, paths: unknown): Record<string, unknown> {
  let used = referenced(JSON.stringify(paths))
  for (;;) {
    const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
    const next = new Set([...used, ...referenced(JSON.stringify(kept))])
    if (next.size === used.size) return kept
    used = next
  }
}

/** Every route can be answered with a problem: said once here rather than in every route. */
const withProblems: typeof jsonSchemaTransform = (route) => {
  const { schema } = route
  if (schema?.response === undefined || schema.response === null) return jsonSchemaTransform(route)
  const response = { ...schema.response, default: problemResponse('Any other answer is a problem') }
  return jsonSchemaTransform({ ...route, schema: { ...schema, response } })
}

function documentText(document: OpenAPI.Document): string {
  const components = 'components' in document ? document.components : undefined
  const schemas = withoutUnused(components?.schemas ?? {}, document.paths)
  return JSON.stringify({ ...document, components: { ...components, schemas } })
}

/** /openapi.json (OpenAPI 3.1, from the routes' schemas) and /docs, its page for people. */
export async function documentRoutes(http: Http, { service, version, description }: HttpOptions): Promise<void> {
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: service, version: version ?? '0.1.0', description: description ?? '' },
      servers: [{ url: '/' }],
      components: { securitySchemes: { operator: { type: 'http', scheme: 'bearer' } } },
    },
    transform: withProblems,
    transformObject: jsonSchemaTransformObject,
  })
  await http.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPolicy,
    uiConfig: { url: '/openapi.json' },
  })
  let text: string | undefined
  http.route({
    method: 'GET',
    url: '/openapi.json',
    schema: { hide: true },
    handler: async (_request, reply) => {
      // Routes cannot be added once requests are answered, so one text serves for ever.
      text ??= documentText(http.swagger())
      return reply.type('application/json').send(text)
    },
  })
}

import { z } from 'zod'
import { type ProblemCode, problemCatalogue, problemType } from './problem-catalogue.ts'

/** The media type of every error answer (RFC 9457). */
export const problemMediaType = 'application/problem+json'

/** One fault of one field: `items[0].quantity`, `query.limit`, `header.idempotency-key`. */
export interface FieldFault {
  readonly field: string
  readonly message: string
}

export interface ProblemOptions {
  /** What went wrong this time and what would help. It is shown to the caller: no secrets, nothing of the inside. */
  readonly detail: string
  readonly errors?: readonly FieldFault[]
  /** Headers of the answer, such as `Retry-After` or `Allow`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** Thrown anywhere below a route, it becomes the answer. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly statusCode: number
  readonly detail: string
  readonly errors: readonly FieldFault[]
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, { detail, errors = [], headers = {}, cause }: ProblemOptions) {
    super(`${problemCatalogue[code].title}: ${detail}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.statusCode = problemCatalogue[code].status
    this.detail = detail
    this.errors = errors
    this.headers = headers
  }
}

export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly errors?: readonly FieldFault[]
  /** Also in the header `x-request-id` and in the log: what to quote when asking for help. */
  readonly requestId?: string
}

/** The body of the answer. */
export function problemBody(problem: Problem, requestId?: string): ProblemBody {
  const { title, status } = problemCatalogue[problem.code]
  return {
    type: problemType(problem.code),
    title,
    status,
    detail: problem.detail,
    ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
    ...(requestId === undefined ? {} : { requestId }),
  }
}

const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' })

/** The `response` entry of a route that answers with a problem. */
export function problemResponse(description: string) {
  return { description, content: { [problemMediaType]: { schema: problemSchema } } }
}

/** The `response` entries of a route for the statuses of these problems, for the OpenAPI document. */
export function problemResponses(...codes: readonly ProblemCode[]) {
  const byStatus = new Map<number, string[]>()
  for (const code of codes) {
    const { status, title } = problemCatalogue[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), title])
  }
  return Object.fromEntries([...byStatus].map(([status, titles]) => [status, problemResponse(titles.join('; '))]))
}

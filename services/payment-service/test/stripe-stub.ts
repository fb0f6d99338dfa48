import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of the next request to a path: before its effect, after it, or instead of it. */
export type Trouble =
  /** Answers with this status; the effect does not happen. Stored under the key like Stripe does with what began to run. */
  | {
      readonly kind: 'error'
      readonly status: number
      readonly code?: string
      readonly type?: string
      readonly stored?: true
    }
  /** The effect happens, the connection is cut before the answer. */
  | { readonly kind: 'lost-answer' }
  /** The effect happens, the answer comes later than anybody waits. */
  | { readonly kind: 'no-answer' }
  /** The effect happens, and is reported as a failure of the server, for ever under this key. */
  | { readonly kind: 'stored-failure' }
  /** The card is declined. */
  | { readonly kind: 'decline'; readonly message: string }

interface Intent {
  readonly id: string
  readonly amount: number
  readonly currency: string
  status: string
  last_payment_error: { message: string } | null
}

interface Refund {
  readonly id: string
  readonly payment_intent: string
  readonly amount: number
  readonly metadata: Record<string, string>
  status: string
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** As much of Stripe as payment-service talks to, on a port of this machine: real HTTP, its idempotency keys, its states. */
export class StripeStub {
  readonly intents = new Map<string, Intent>()
  readonly refunds = new Map<string, Refund>()
  /** Every request: method, path without ids, and key. */
  readonly requests: string[] = []
  readonly #stored = new Map<string, { readonly form: string; readonly answer: Answer }>()
  readonly #troubles: Array<{ readonly path: string; readonly trouble: Trouble }> = []
  readonly #server: Server
  #serial = 0

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<StripeStub> {
    const server = createServer()
    const stub = new StripeStub(server)
    server.on('request', (request, response) => void stub.#serve(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return stub
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** The next request whose path ends so meets this; several are met one after the other. */
  next(path: string, trouble: Trouble): void {
    this.#troubles.push({ path, trouble })
  }

  /** How many requests went to paths that end so. */
  asked(path: string): number {
    return this.requests.filter((request) => request.split(' ')[1]?.endsWith(path)).length
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stub')
    const key = request.method === 'POST' ? String(request.headers['idempotency-key'] ?? '') : ''
    this.requests.push(`${request.method} ${pathname.replace(/\/(pi|re)_\d+/, '/$1')} ${key}`)
    const form = new URLSearchParams(request.method === 'GET' ? searchParams : text)
    const stored = this.#stored.get(key)
    if (key !== '' && stored) {
      if (stored.form !== text) return send(response, failure(400, { type: 'idempotency_error' }))
      return send(response, stored.answer, { 'idempotent-replayed': 'true' })
    }
    const at = this.#troubles.findIndex(({ path }) => pathname.endsWith(path))
    const trouble = at < 0 ? undefined : this.#troubles.splice(at, 1)[0]?.trouble
    const answer = this.#answer(request.method ?? 'GET', pathname, form, trouble)
    if (key !== '' && isStored(answer, trouble)) this.#stored.set(key, { form: text, answer })
    if (trouble?.kind === 'lost-answer') response.destroy()
    else if (trouble?.kind !== 'no-answer') send(response, answer)
  }

  #answer(method: string, path: string, form: URLSearchParams, trouble: Trouble | undefined): Answer {
    if (trouble?.kind === 'error') return failure(trouble.status, { code: trouble.code, type: trouble.type })
    const [, , collection, id, action] = path.split('/')
    const declined = trouble?.kind === 'decline' ? trouble.message : undefined
    const answer = collection === 'refunds' ? this.#refund(method, id, form) : this.#intent(id, action, form, declined)
    return trouble?.kind === 'stored-failure' ? failure(500, {}) : answer
  }

  #intent(id: string | undefined, action: string | undefined, form: URLSearchParams, declined?: string): Answer {
    if (id === undefined) return this.#newIntent(form)
    const intent = this.intents.get(id)
    if (!intent) return failure(404, { code: 'resource_missing' })
    if (action === undefined) return { status: 200, body: intent }
    if (intent.status === 'succeeded' || intent.status === 'canceled' || intent.status === 'processing') {
      return failure(400, { code: 'payment_intent_unexpected_state' })
    }
    if (action === 'cancel') intent.status = 'canceled'
    else if (declined !== undefined) {
      intent.last_payment_error = { message: declined }
      return failure(402, { type: 'card_error', code: 'card_declined', message: declined })
    } else intent.status = 'succeeded'
    return { status: 200, body: { ...intent } }
  }

  #newIntent(form: URLSearchParams): Answer {
    this.#serial += 1
    const intent: Intent = {
      id: `pi_${this.#serial}`,
      amount: Number(form.get('amount')),
      currency: String(form.get('currency')),
      status: 'requires_payment_method',
      last_payment_error: null,
    }
    this.intents.set(intent.id, intent)
    return { status: 200, body: { ...intent } }
  }

  #refund(method: string, id: string | undefined, form: URLSearchParams): Answer {
    if (id !== undefined) return { status: 200, body: this.refunds.get(id) }
    const of = [...this.refunds.values()].filter(({ payment_intent }) => payment_intent === form.get('payment_intent'))
    if (method === 'GET')
      return { status: 200, body: { object: 'list', data: of, has_more: false, url: '/v1/refunds' } }
    if (of.some(({ status }) => status !== 'failed')) return failure(400, { code: 'charge_already_refunded' })
    this.#serial += 1
    const refund: Refund = {
      id: `re_${this.#serial}`,
      payment_intent: String(form.get('payment_intent')),
      amount: Number(form.get('amount')),
      metadata: { key: String(form.get('metadata[key]')) },
      status: this.refundStatus,
    }
    this.refunds.set(refund.id, refund)
    return { status: 200, body: { ...refund } }
  }

  /** What a new refund is at first. */
  refundStatus = 'succeeded'
}

/** Stripe keeps what began to run: not 409, 429, and nothing of a request that was refused before. */
const isStored = ({ status }: Answer, trouble: Trouble | undefined): boolean =>
  trouble?.kind === 'error' ? trouble.stored === true : status < 300 || status === 402 || status >= 500

const failure = (
  status: number,
  error: { code?: string | undefined; type?: string | undefined; message?: string },
): Answer => ({
  status,
  body: { error: { message: `stub ${status}`, type: 'invalid_request_error', ...JSON.parse(JSON.stringify(error)) } },
})

const send = (response: ServerResponse, { status, body }: Answer, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_stub', ...headers })
  response.end(JSON.stringify(body))
}

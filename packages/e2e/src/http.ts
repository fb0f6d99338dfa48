/** A call that takes longer is given up: the services are on this machine. */
const CALL_TIMEOUT_MS = 20_000

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Call {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Rejects when nobody answers; an error status is an answer. A body that is not JSON is given as text. */
export const call = async (url: string, { method = 'GET', body, headers = {}, signal }: Call = {}): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: signal ?? AbortSignal.timeout(CALL_TIMEOUT_MS),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}

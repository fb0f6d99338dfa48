/** The four services as the script sees them: over HTTP, like anybody else. */
export interface Api {
  readonly order: string
  readonly payment: string
  readonly inventory: string
  readonly coordinator: string
}

export const apiAt = (env: Readonly<Record<string, string | undefined>>): Api => {
  const at = (variable: string, port: number): string => `http://127.0.0.1:${env[variable] ?? port}`
  return {
    order: at('ORDER_PORT', 3004),
    payment: at('PAYMENT_PORT', 3005),
    inventory: at('INVENTORY_PORT', 3006),
    coordinator: at('COORDINATOR_PORT', 3007),
  }
}

/** A call that takes longer is given up and counted as a fault of the service. */
const CALL_TIMEOUT_MS = 10_000

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Rejects when nobody answers; an error status is an answer. */
export const call = async (
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** A field of an answer's body. */
export const field = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined

/** Whether all four services say they are ready. */
export const allReady = async (api: Api): Promise<boolean> => {
  const answers = await Promise.all(
    Object.values(api).map((base: string) => call('GET', `${base}/readyz`).catch(() => undefined)),
  )
  return answers.every((answer) => answer?.status === 200)
}

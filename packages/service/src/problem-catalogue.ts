interface ProblemKind {
  readonly status: number
  readonly title: string
}

/**
 * Every way in which a request can be refused. The code names a problem for ever: its `type` is derived from it and
 * clients branch on that, so a row may be added but neither renamed nor given another meaning. docs/errors.md has an
 * entry for each, which a test holds.
 */
export const problemCatalogue = {
  'malformed-request': { status: 400, title: 'The request is not well-formed HTTP' },
  'malformed-url': { status: 400, title: 'The URL is not well-formed' },
  'malformed-json': { status: 400, title: 'The body is not well-formed JSON' },
  'invalid-request': { status: 400, title: 'The request has invalid fields' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one of this list' },
  unauthorized: { status: 401, title: 'An operator token is needed' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'There is nothing at this URL' },
  'order-not-found': { status: 404, title: 'There is no such order' },
  'product-not-found': { status: 404, title: 'There is no such product' },
  'reservation-not-found': { status: 404, title: 'There is no reservation for this order' },
  'payment-not-found': { status: 404, title: 'There is no payment for this order' },
  'saga-not-found': { status: 404, title: 'There is no such saga' },
  'history-entry-not-found': { status: 404, title: 'The history of the saga has no such entry' },
  'definition-not-found': { status: 404, title: 'There is no such saga definition' },
  'migration-not-found': { status: 404, title: 'There is no such migration' },
  'step-not-found': { status: 404, title: 'The definition has no such step' },
  'trip-not-found': { status: 404, title: 'There is no such trip' },
  'dead-letter-not-found': { status: 404, title: 'There is no such dead letter' },
  'bulk-action-not-found': { status: 404, title: 'There is no such bulk action' },
  'method-not-allowed': { status: 405, title: 'This URL does not take this method' },
  'not-acceptable': { status: 406, title: 'The answer cannot be given in a form that is accepted' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'idempotency-key-in-use': { status: 409, title: 'A request with this idempotency key is still running' },
  'order-ended': { status: 409, title: 'The order has ended' },
  'stock-not-settable': { status: 409, title: 'The stock of an existing product changes by adjustments only' },
  'stock-reserved': { status: 409, title: 'The stock cannot fall below what is reserved' },
  'saga-exists': { status: 409, title: 'There is such a saga already' },
  'saga-action-refused': { status: 409, title: 'The saga cannot take this action now' },
  'trip-not-asked': { status: 409, title: 'Nobody is asked about this trip now' },
  'replay-differs': { status: 409, title: 'The history goes another way by the definition that is deployed' },
  'migration-refused': { status: 409, title: 'The migration cannot be done as it is given' },
  'step-action-refused': { status: 409, title: 'The step cannot take this action now' },
  'timer-action-refused': { status: 409, title: 'The timers cannot take this action now' },
  'dead-letter-action-refused': { status: 409, title: 'The dead letter cannot take this action now' },
  'dead-letter-settled': { status: 409, title: 'The dead letter is settled already' },
  'bulk-action-refused': { status: 409, title: 'The bulk action cannot take this now' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'url-too-long': { status: 414, title: 'The URL is too long' },
  'unsupported-media-type': { status: 415, title: 'The body is not of a supported media type' },
  'expectation-failed': { status: 417, title: 'What the request expects cannot be met' },
  'too-many-sagas': { status: 422, title: 'The filter fits more sagas than one action may have' },
  'unknown-sku': { status: 422, title: 'The order names a product that is not in the catalogue' },
  'mixed-currencies': { status: 422, title: 'The products of the order have prices in several currencies' },
  'total-too-large': { status: 422, title: 'The total of the order is beyond what can be counted' },
  'definition-not-startable': { status: 422, title: 'Sagas of this definition are not started by request' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used for another request' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'internal-error': { status: 500, title: 'The service failed' },
  unavailable: { status: 503, title: 'The service cannot take this request now' },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problemCatalogue
export const problemCodes = Object.keys(problemCatalogue) as ProblemCode[]

/** The stable `type` of a problem. A URN, since it names the problem and promises no page behind it. */
export function problemType(code: ProblemCode): string {
  return `urn:skald:problem:${code}`
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The W3C trace context of a request, so that what it causes can be followed; a malformed one starts none. */
export const traceparentOf = (headers: Readonly<Record<string, unknown>>): string | undefined => {
  const given = headers['traceparent']
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : undefined
}

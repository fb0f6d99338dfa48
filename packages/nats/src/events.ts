/** What happens between us and the broker, for a log line or a metric. None of it needs an answer. */
export type BusEvent =
  | { readonly kind: 'unreachable'; readonly server: string; readonly detail: string }
  | { readonly kind: 'connected'; readonly server: string; readonly version: string }
  | { readonly kind: 'disconnected'; readonly server: string }
  | { readonly kind: 'reconnected'; readonly server: string }
  /** The server answers no pings: the connection is given up and made anew. */
  | { readonly kind: 'stale'; readonly server: string }
  | { readonly kind: 'closed'; readonly detail: string }
  /** Not permitted: a fault of configuration, it does not go away by itself. */
  | { readonly kind: 'refused'; readonly operation: string; readonly subject: string }
  | { readonly kind: 'fault'; readonly detail: string }
  | { readonly kind: 'consuming'; readonly durable: string }
  /** A durable gives nothing any more: deleted, silent, or stalled with messages pending. It is taken up again. */
  | { readonly kind: 'consumer-lost'; readonly durable: string; readonly reason: string }
  | { readonly kind: 'handler-threw'; readonly durable: string; readonly err: unknown }
  | { readonly kind: 'topology-changed'; readonly change: 'made' | 'updated' | 'remade'; readonly what: string }
  | { readonly kind: 'topology-unkept'; readonly detail: string }

export type Report = (event: BusEvent) => void

import type { Urls } from '@skald/e2e'
import type { RawRequest } from './raw-http.ts'

/** Things that exist, for requests that are wrong in something else. */
export interface Known {
  /** An order that was confirmed, and its saga. */
  readonly orderId: string
  readonly sagaId: string
  readonly sku: string
}

export interface HostileRequest {
  readonly what: string
  readonly to: keyof Urls
  /** Bytes where no well-formed request will do. */
  readonly send: (known: Known) => RawRequest | Uint8Array
  /** Status and problem, such as `400 invalid-request`. */
  readonly answer: string
}

export const INVALID = '400 invalid-request'
export const MALFORMED_JSON = '400 malformed-json'

type Sent = (known: Known) => RawRequest

/** Rows of a table: what is wrong, how it is sent, what is answered when it is not the usual. */
export type Row<Wrong> = readonly [what: string, wrong: Wrong, answer?: string]

export const rowsOf = <Wrong>(
  to: keyof Urls,
  about: string,
  send: (wrong: Wrong, known: Known) => RawRequest,
  rows: readonly Row<Wrong>[],
): readonly HostileRequest[] =>
  rows.map(([what, wrong, answer = INVALID]) => ({
    what: `${about}: ${what}`,
    to,
    send: ((known) => send(wrong, known)) satisfies Sent,
    answer,
  }))

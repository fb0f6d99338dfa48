import { createHmac } from 'node:crypto'

export interface Webhook {
  readonly url: string
  readonly secret: string
}

/** Whether the receiver took an alert, and else what it said, for the log. */
export type WebhookAnswer = { readonly isTaken: true } | { readonly isTaken: false; readonly why: string }

/** Any answer of the kind 2xx takes it. Redirects are not followed: the signature is for one receiver. */
export const postSigned = async (
  { url, secret }: Webhook,
  id: string,
  body: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<WebhookAnswer> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'skald-alert-id': id,
        [SIGNATURE_HEADER]: signatureOf(secret, body, nowMs),
      },
      body,
      redirect: 'manual',
      signal,
    })
    // Not read: a receiver that sends without end must hold nothing.
    await response.body?.cancel()
    return response.ok ? { isTaken: true } : { isTaken: false, why: `answered ${response.status}` }
  } catch (error) {
    return { isTaken: false, why: error instanceof Error ? error.name : 'not reached' }
  }
}

/** The header that proves where an alert comes from: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`. */
const SIGNATURE_HEADER = 'skald-signature'

/** With the time in it, so that a receiver can refuse what somebody recorded and sends again much later. */
const signatureOf = (secret: string, body: string, nowMs: number): string => {
  const seconds = Math.floor(nowMs / 1_000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

import type { ConfigFault, ConfigPart } from './config.ts'
import { urlText, visibleText } from './config-values.ts'
import { plaintextWarning } from './loopback.ts'

export interface AlertConfig {
  readonly alertWebhookUrl: string | undefined
  /** Present whenever `alertWebhookUrl` is. */
  readonly alertWebhookSecret: string | undefined
}

/** Whoever can find the secret can send alerts of their own. */
const SHORTEST_SECRET = 16

function secretFaults({ alertWebhookUrl: url, alertWebhookSecret: secret }: AlertConfig): ConfigFault[] {
  const name = 'ALERT_WEBHOOK_SECRET'
  const fix = 'Give a long random text, for example from `openssl rand -hex 32`, to the receiver, too.'
  if (url !== undefined && secret === undefined) {
    return [{ name, given: undefined, problem: 'set when ALERT_WEBHOOK_URL is', fix }]
  }
  if (secret === undefined || secret.length >= SHORTEST_SECRET) return []
  return [
    { name, given: `(secret, ${secret.length} characters)`, problem: `${SHORTEST_SECRET} characters or more`, fix },
  ]
}

export const alertConfig: ConfigPart<AlertConfig> = {
  variables: {
    alertWebhookUrl: {
      name: 'ALERT_WEBHOOK_URL',
      meaning:
        'where it is told that a saga needs a person, is stuck or slower than its service level; nowhere, when absent',
      optional: true,
      // Such URLs often carry a key in their path.
      secret: true,
      schema: urlText(['https:', 'http:'], 'https://alerts.example.com/skald'),
      fix: 'Leave it out to send no alerts.',
    },
    alertWebhookSecret: {
      name: 'ALERT_WEBHOOK_SECRET',
      meaning: 'key of the signature of each alert; needed when ALERT_WEBHOOK_URL is set',
      optional: true,
      secret: true,
      schema: visibleText(255),
      fix: 'Give a long random text without blanks, for example from `openssl rand -hex 32`.',
    },
  },
  check: secretFaults,
  warn: ({ alertWebhookUrl }) =>
    alertWebhookUrl === undefined
      ? []
      : plaintextWarning('ALERT_WEBHOOK_URL', alertWebhookUrl, URL.parse(alertWebhookUrl)?.protocol === 'https:'),
}

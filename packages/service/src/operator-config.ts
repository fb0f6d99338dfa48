import type { ConfigPart } from './config.ts'
import { visibleText } from './config-values.ts'

export interface OperatorConfig {
  readonly operatorToken: string | undefined
}

/** Below this a token can be found by trying. */
const shortestSafeToken = 16

export const operatorConfig: ConfigPart<OperatorConfig> = {
  variables: {
    operatorToken: {
      name: 'OPERATOR_TOKEN',
      meaning: 'bearer token for operator actions; without one they are allowed from this machine only',
      optional: true,
      secret: true,
      schema: visibleText(255),
      fix: 'Give a long random text without blanks, for example from `openssl rand -hex 32`.',
    },
  },
  warn: ({ operatorToken }) =>
    operatorToken !== undefined && operatorToken.length < shortestSafeToken
      ? [
          `OPERATOR_TOKEN has ${operatorToken.length} characters: fewer than ${shortestSafeToken} can be found by trying.`,
        ]
      : [],
}

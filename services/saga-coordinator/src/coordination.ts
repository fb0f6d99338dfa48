import type { Definitions } from './definitions.ts'
import type { Pauses } from './pauses/pauses.ts'
import type { Patience } from './waking.ts'

/** What every decision about a saga goes by, beside the saga itself. */
export interface Coordination {
  readonly definitions: Definitions
  readonly patience: Patience
  readonly pauses: Pauses
}

import { z } from 'zod'

/** How long a saga may be in a state, or altogether, before somebody is told. */
export interface ServiceLevel {
  readonly definition: string
  /** The path of a state; '' for all of the saga. */
  readonly state: string
  readonly limitMs: number
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** Each is looked at whenever a saga is written. */
const MAX_LEVELS = 50
/** What waits longer is no level of service. */
const MAX_LIMIT_MS = 366 * UNIT_MS.d

const LEVEL = /^([a-z][a-z0-9-]{0,63})(?:\/([A-Za-z0-9_$.-]{1,200}))?=([1-9][0-9]{0,8})(ms|s|m|h|d)$/

/** `order=10m order/takingPayment=30s`; `none` for no levels. */
export function serviceLevels(): z.ZodType<readonly ServiceLevel[], string> {
  const message = `at most ${MAX_LEVELS} levels such as order=10m order/takingPayment=30s, blanks between them, each name once`
  return z.string().transform((text, context) => {
    if (text === 'none') return []
    const levels = text.trim().split(/\s+/).map(levelOf)
    const names = new Set(levels.map((level) => level && `${level.definition}/${level.state}`))
    const isGood = levels.every((level) => level !== undefined && level.limitMs <= MAX_LIMIT_MS)
    if (isGood && names.size === levels.length && levels.length <= MAX_LEVELS) {
      return levels.filter((level) => level !== undefined)
    }
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
}

function levelOf(text: string): ServiceLevel | undefined {
  const [, definition, state = '', count, unit] = LEVEL.exec(text) ?? []
  if (definition === undefined) return undefined
  return { definition, state, limitMs: Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS] }
}

import { derivedId } from '@skald/messaging'

/** An entry of a history without what it was about. */
export type SlimEntry = readonly [
  seq: number,
  messageId: string,
  type: string,
  causationId: string | null,
  /** As JSON, like the next. */
  fromState: string,
  toState: string,
  saidTypes: readonly string[],
  /** Of a timer that fired: its name and arm, as JSON. */
  timer: string | null,
]

export interface SlimHistory {
  readonly saga_id: string
  readonly definition: string
  readonly version: number
  readonly revision: number
  /** In order. */
  readonly entries: readonly SlimEntry[]
}

/** Equal for histories that took the same way for the same reasons. */
export const shapeOf = ({ definition, version, entries }: SlimHistory): string => {
  const saidBy = new Map<string, string>()
  const parts = entries.map(([, messageId, type, causationId, , toState, saidTypes, timer], index) => {
    // Not the id itself, but whose answer it is: the second thing said because of the third entry.
    const cause = causationId === null ? 'none' : (saidBy.get(causationId) ?? 'unknown')
    for (const ordinal of saidTypes.keys()) saidBy.set(derivedId(messageId, ordinal), `${index}.${ordinal}`)
    return [type, cause, timer ?? '', toState, ...saidTypes].join(' ')
  })
  return [`${definition}@${version}`, ...parts].join('\n')
}

export const gapIn = ({ revision, entries }: SlimHistory): string | undefined => {
  const index = entries.findIndex(([seq], before) => seq !== before + 1)
  if (index >= 0) return `entry ${index + 1} has the number ${entries[index]?.[0]}`
  return entries.length === revision ? undefined : `${entries.length} entries, its row counts ${revision}`
}

export const breakIn = ({ entries }: SlimHistory): string | undefined => {
  let led = 'null'
  for (const [seq, , type, , fromState, toState] of entries) {
    if (fromState !== led) return `entry ${seq} (${type}): from ${fromState}, but the entry before led to ${led}`
    led = toState
  }
  return undefined
}

export const hasSkip = ({ entries }: SlimHistory): boolean => entries.some(([, , type]) => type === 'operator.skip')

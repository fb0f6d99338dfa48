import { isQuestion, type WaitingFor } from '../waiting-for.ts'
import type { ToDo } from './to-do.ts'
import type { Facts } from './why.ts'

/* For a person who was woken at night: what is the matter, since when, what happens next, what to do. */

export const sentenceOf = (facts: Facts, toDo: readonly ToDo[]): string => {
  const { row } = facts
  if (row.ended_at !== null) return joined([endedAs(facts), ...by(facts)])
  const what =
    toDo.length === 0 ? ['Nothing has to be done.'] : toDo.map(({ what, request }) => asked(what, request?.path))
  return joined([
    standing(facts),
    ...because(facts),
    ...stuckSince(facts),
    ...slowIn(facts),
    ...facts.waits.map(waits(facts)),
    ...next(facts),
    ...what,
  ])
}

const joined = (sentences: readonly string[]): string => sentences.join(' ')

const asked = (what: string, path: string | undefined): string =>
  path === undefined ? what : `${what.slice(0, -1)} (POST ${path}).`

const name = ({ row }: Facts): string => `The ${row.definition} saga of ${row.business_key}`

const standing = (facts: Facts): string => {
  const { row, sinceMs } = facts
  const words = {
    RUNNING: 'runs',
    COMPENSATING: 'is being undone',
    NEEDS_ATTENTION: 'needs a person',
    PAUSED: 'is paused',
  }
  const word = words[row.status as keyof typeof words] ?? `is ${row.status}`
  return `${name(facts)} ${word} since ${when(sinceMs, facts)}, at ${row.state ? JSON.stringify(row.state.value) : 'its start'}.`
}

/** Why it is undone, or held. */
const because = ({ row, cause, operators }: Facts): readonly string[] => {
  const paused = row.status === 'PAUSED' && operators.findLast(({ type }) => type === 'operator.pause')
  if (paused) return [`It was paused by ${paused.reason}.`]
  return cause && row.status === 'COMPENSATING' ? [`It is undone because of ${cause.type}: ${cause.reason}.`] : []
}

const stuckSince = ({ stuck, nowMs }: Facts): readonly string[] => {
  if (!stuck) return []
  const since = `${iso(stuck.sinceMs)}, ${lasting(nowMs - stuck.sinceMs)} ago`
  return [
    stuck.why === 'overdue'
      ? `It is stuck: what was due at ${since}, was not done.`
      : `It is stuck since ${since}: it waits for nothing that could come.`,
  ]
}

const slowIn = ({ slow, nowMs }: Facts): readonly string[] =>
  slow.map(({ state, sinceMs, dueMs }) => {
    const where = state === '' ? 'under way' : `in ${state}`
    return `It is slow: ${where} for ${lasting(nowMs - sinceMs)}, ${lasting(dueMs - sinceMs)} is its service level.`
  })

const waits =
  (facts: Facts) =>
  (wait: WaitingFor): string => {
    switch (wait.kind) {
      case 'message': {
        const since = Date.parse(wait.since)
        return `It waits for ${wait.types.join(' or ')} since ${when(since, facts)}.`
      }
      case 'timer':
        return `It waits for its timer ${wait.name}, due at ${wait.dueAt}.`
      case 'person': {
        const amount = wait.amount ? ` of ${wait.amount.amount} ${wait.amount.currency} (minor units)` : ''
        if (facts.definition && isQuestion(facts.row, facts.definition, wait.effect)) {
          return `A person is asked about ${wait.effect}${amount}: ${wait.reason}`
        }
        return wait.effect === 'resume'
          ? `Nothing happens to it: ${wait.reason}.`
          : `A person must settle ${wait.effect}${amount}: ${wait.reason}.`
      }
    }
  }

const next = ({ next: steps, waits: all }: Facts): readonly string[] => {
  const [first, ...others] = steps
  if (first) return [`If nothing comes, ${[first, ...others].map(({ at, what }) => `at ${at} ${what}`).join('; ')}.`]
  return all.some(({ kind }) => kind === 'person') ? ['Nothing happens by itself until then.'] : []
}

const endedAs = (facts: Facts): string => {
  const { row, cause, nowMs } = facts
  const endedMs = row.ended_at ?? nowMs
  const how = row.status === 'COMPLETED' ? 'all of it was done' : 'all of it was undone'
  const why = cause
    ? row.status === 'COMPLETED'
      ? `, last by ${cause.type}`
      : `, because of ${cause.type}: ${cause.reason}`
    : ''
  return `${name(facts)} ended ${row.status} at ${iso(endedMs)}, ${lasting(endedMs - row.started_at)} after its start: ${how}${why}.`
}

const by = ({ operators }: Facts): readonly string[] =>
  operators.map(({ type, at, reason }) => `At ${at} an operator's ${type.replace('operator.', '')}: ${reason}.`)

const iso = (ms: number): string => new Date(ms).toISOString()

const when = (ms: number, { nowMs }: Facts): string => `${iso(ms)} (for ${lasting(nowMs - ms)})`

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** In its largest unit: a person wants to know whether it is minutes or days. */
const lasting = (ms: number): string => {
  const [unit, length] = UNITS.find(([, each]) => ms >= each) ?? ['second', 1_000]
  const count = Math.max(0, Math.floor(ms / length))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

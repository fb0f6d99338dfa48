import type { PersonNeeded } from './chart.ts'
import type { Definition } from './define.ts'
import type { EventInput, Ignored, SagaMessage, Waiting } from './state.ts'

/** How an event stands to the commands that wait: whether the chart may see it, and who waits after it. */
export type Answer =
  | { readonly counts: true; readonly waiting: readonly Waiting[] }
  | { readonly counts: false; readonly why: Ignored; readonly reason: string }

/**
 * A success counts whichever attempt it answers: what is done is done. A failure counts only for the attempt now
 * waiting, or an attempt that was given up would fail the one after it.
 */
export const answered = (definition: Definition, waiting: readonly Waiting[], event: EventInput): Answer => {
  const { type, causationId } = event
  const mayFail = definition.fails.get(type) ?? []
  const maySucceed = definition.succeeds.get(type) ?? []
  const named = waiting.find(({ id }) => id === causationId)
  if (named && (mayFail.includes(named.type) || maySucceed.includes(named.type))) {
    return { counts: true, waiting: waiting.filter((entry) => entry !== named) }
  }
  if (maySucceed.length > 0) return { counts: true, waiting: withoutAnswered(waiting, maySucceed) }
  if (mayFail.length === 0) return { counts: true, waiting }
  return causationId === undefined
    ? {
        counts: false,
        why: 'names-no-command',
        reason: 'a refusal counts only for the command it names, and this one names none',
      }
    : {
        counts: false,
        why: 'earlier-attempt',
        reason: 'it answers an earlier attempt, or a command that is not waited for any more',
      }
}

// When two commands wait for the same reply and it names neither, nobody knows whose it is: both keep waiting, and
// are asked again until the chart or a named reply ends the wait.
const withoutAnswered = (waiting: readonly Waiting[], types: readonly string[]): readonly Waiting[] => {
  const candidates = waiting.filter(({ type }) => types.includes(type))
  return candidates.length === 1 ? waiting.filter((entry) => entry !== candidates[0]) : waiting
}

/** Who waits after these messages: a new attempt takes the place of the last, an undo withdraws what it undoes. */
export const waitingAfter = (
  definition: Definition,
  waiting: readonly Waiting[],
  messages: readonly SagaMessage[],
): readonly Waiting[] =>
  messages.reduce((entries, { id, said }) => {
    const command = definition.commands.get(said.type)
    if (!command) return entries
    const kept = entries.filter(({ type }) => type !== said.type && type !== command.undoes)
    return [...kept, { id, ...said }]
  }, waiting)

/** An effect is named by its command's type without the version: `payment.refund`. */
export const effectOf = (commandType: string): string => commandType.replace(/\.v\d+$/, '')

export const withoutSkipped = (waiting: readonly Waiting[], asked: readonly PersonNeeded[]): readonly Waiting[] =>
  waiting.filter(({ type }) => !asked.some(({ effect }) => effect === effectOf(type)))

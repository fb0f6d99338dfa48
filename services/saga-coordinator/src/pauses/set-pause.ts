import type { Request } from '@skald/host'
import { writeDown } from '../operator/audit.ts'
import { type Acting, type Attempted, answeredRow, type KeyReused, once } from '../operator/repeatable.ts'
import { auditHead, CHAIN, type PauseVerb } from '../store/audit-tables.ts'
import { ALL, pauseId, type StepPause, stepPauses } from '../store/pause-table.ts'

/** Pauses, or resumes, a step of a definition for all its sagas; '' for the whole definition. */
export interface SetPause extends Acting {
  readonly verb: PauseVerb
  readonly definition: string
  readonly step: string
}

export type SetPauseReply =
  | { readonly kind: 'done'; readonly pause: StepPause }
  | { readonly kind: 'refused'; readonly why: string }
  | KeyReused

/** An input like any other, with a line in the audit. The one row of all pauses is always there, so that it can be locked. */
export const setPause: Request<SetPause, SetPauseReply> = {
  type: 'request:pause-step',
  rows: ({ data }) => [...answeredRow(data), { table: auditHead, key: CHAIN }, { table: stepPauses, key: ALL }],
  decide: ({ id, data }, rows, turn) =>
    once(data, rows, turn, (): Attempted<SetPauseReply> => {
      const { verb, definition, step, actor, reason } = data
      const before = rows.get(stepPauses, ALL)?.pauses ?? []
      const known = before.find((pause) => pause.id === pauseId(definition, step))
      const why = whyNot(known, data)
      if (why !== undefined) {
        const reply: SetPauseReply = { kind: 'refused', why }
        return { reply, decision: { reply } }
      }
      const pause = known ?? { id: pauseId(definition, step), definition, step, sinceMs: turn.nowMs, actor, reason }
      const after = verb === 'pause' ? [...before, pause] : before.filter((each) => each !== known)
      rows.put(stepPauses, { name: ALL, pauses: after })
      const standing = (pauses: readonly StepPause[]) => ({ paused: pauses.map((each) => each.id) })
      const act = { id, action: `${verb}-step` as const, before: standing(before), after: standing(after) }
      writeDown(rows, turn.nowMs, data, act)
      const reply: SetPauseReply = { kind: 'done', pause }
      return { reply, decision: { reply } }
    }),
}

export const whyNot = (known: StepPause | undefined, { verb, definition, step }: Omit<SetPause, keyof Acting>) => {
  const what = step === '' ? `Definition ${definition}` : `Step ${step} of ${definition}`
  if (verb === 'resume') return known ? undefined : `${what} is not paused: there is nothing to resume.`
  return known && `${what} is paused already, by ${known.actor}: ${known.reason}.`
}

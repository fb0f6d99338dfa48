import type { LetterAction } from '../store/audit-tables.ts'
import type { ReportedDeadLetter } from '../store/dead-letter-table.ts'
import { textIn } from './payload.ts'

export type Refused = { readonly kind: 'refused' | 'settled'; readonly why: string }

/** Decides an action on a dead letter: how it stands then, or why not. Writes nothing. */
export const act = (
  letter: ReportedDeadLetter,
  action: LetterAction,
  redriveId: string,
  hasStream: (subject: string) => boolean,
): ReportedDeadLetter | Refused => {
  const refused = whySettled(letter, action) ?? (action === 'redrive' ? whyNotSent(letter, hasStream) : undefined)
  if (refused) return refused
  return action === 'redrive'
    ? { ...letter, sending: true, redrive_id: redriveId }
    : { ...letter, sending: false, status: 'DISCARDED' }
}

const whySettled = ({ status, service, subject }: ReportedDeadLetter, action: LetterAction): Refused | undefined => {
  switch (status) {
    case 'OPEN':
      return undefined
    case 'REDRIVEN': {
      const nothing =
        action === 'redrive' ? 'there is nothing to send a second time' : 'nothing of it is left to discard'
      const why = `It was sent again, and ${service} has not refused it since: ${nothing}. If it is refused once more it is OPEN again.`
      return { kind: 'settled', why }
    }
    case 'DISCARDED': {
      const why = `It was discarded, and that is for good; GET /audit says by whom and why. If it was a mistake, publish its payload on ${subject} yourself.`
      return { kind: 'settled', why }
    }
  }
}

const whyNotSent = (letter: ReportedDeadLetter, hasStream: (subject: string) => boolean): Refused | undefined => {
  const { sending, truncated, payload, subject, service } = letter
  const refused = (why: string): Refused => ({ kind: 'refused', why })
  if (sending)
    return refused('It is being sent again: it is REDRIVEN as soon as the broker has it. Discard it to end that.')
  if (truncated) {
    return refused(
      `Its payload is longer than a report carries and is whole only in the dead letters of ${service}: publish it from there on ${subject}, and discard it here.`,
    )
  }
  if (payload === '') return refused('It has no payload: there is nothing to send. Discard it.')
  if (textIn(payload) === undefined) {
    return refused('Its payload is not UTF-8, so that no service can ever read it. Discard it.')
  }
  if (!hasStream(subject)) {
    return refused(
      `No stream takes ${subject}: nobody would get it. Discard it, or send what it says on a subject of today.`,
    )
  }
  return undefined
}

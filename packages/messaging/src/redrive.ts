/*
 * A dead letter is redriven by sending its bytes once more on its subject: whoever refused it gets it again, anybody else finds
 * it in the inbox. Its Nats-Msg-Id is no other message's, or the broker would swallow it, and names the letter and the
 * redrive: what is refused again is the same letter, though a message that cannot be read has no id to be known by.
 */

export interface Redriven {
  readonly letterId: string
  readonly redriveId: string
}

export const redriveMsgId = ({ letterId, redriveId }: Redriven): string => `redrive/${letterId}/${redriveId}`

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const REDRIVE = new RegExp(`^redrive/(${UUID})/(${UUID})$`)

/** Anybody can send such a header: it is believed only where the letter is there, with the same bytes. */
export const redrivenOf = (msgId: string | undefined): Redriven | undefined => {
  const [, letterId, redriveId] = REDRIVE.exec(msgId ?? '') ?? []
  return letterId !== undefined && redriveId !== undefined ? { letterId, redriveId } : undefined
}

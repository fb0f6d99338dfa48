import { codec } from '@skald/contracts'
import type { AppPorts } from '@skald/host'
import { type Handler, type Message, type ProgressMarks, publicationOf, type Task } from '@skald/messaging'
import type { Coordination } from './coordination.ts'
import { isNews } from './news.ts'
import { nudged } from './nudge.ts'
import { wake } from './wake.ts'
import type { Passage } from './waking.ts'

/** The database's clock is known to within a few milliseconds: less than this apart counts as not settled. */
const MARGIN_MS = 250

/** The durable that takes the commands of a family: `payment.charge.v1` is for `payment-service-commands`. */
const askedDurable = (command: string): string => `${command.slice(0, command.indexOf('.'))}-service-commands`

/** What is done with a due wake. */
export const wakeTasks = (
  ports: AppPorts,
  coordination: Coordination,
  marks: ProgressMarks,
  replies: readonly string[],
): ((task: Task) => void) => {
  const { logger } = ports
  const wakeUp = waker(ports, coordination)
  const passage: Passage = {
    settled: (command, sentAtMs, knownAtMs) =>
      marks.settledUpTo(askedDurable(command), replies, knownAtMs) > sentAtMs + MARGIN_MS,
    wholeSinceMs: () => marks.wholeSinceMs() + MARGIN_MS,
  }
  return (task) => {
    const { sagaId } = task.body as { readonly sagaId: string }
    // A wake that fails keeps its task: the lease brings it back.
    wakeUp(sagaId, passage).catch((err: unknown) =>
      logger.warn({ err, sagaId }, 'a saga could not be woken; it is tried again'),
    )
  }
}

/**
 * Wakes one saga: it looks at itself in the next batch; what it wants to ask again is published, and recorded once the
 * broker has it. Whoever stops in between asks again later, under the same repeat number.
 */
export const waker = (
  { submit, bus, clock }: Pick<AppPorts, 'submit' | 'bus' | 'clock'>,
  coordination: Coordination,
): ((sagaId: string, passage: Passage) => Promise<void>) => {
  const look = wake(coordination)
  const record = nudged(coordination.definitions, coordination.patience)
  const ask = <Data>(handler: Handler<Data>, sagaId: string, data: Data) =>
    submit(handler, messageOf(handler.type, sagaId, data, clock.nowMs()))
  return async (sagaId, passage) => {
    const reply = await ask(look, sagaId, { sagaId, passage })
    const nudges = (isNews(reply) && reply.toNudge) || []
    if (nudges.length === 0) return
    await Promise.all(
      nudges.map(({ repeat: { message, repeat } }) => bus.publish(publicationOf(message, repeat, codec))),
    )
    await ask(record, sagaId, { sagaId, nudges, passage })
  }
}

const messageOf = <Data>(type: string, sagaId: string, data: Data, nowMs: number): Message<Data> => ({
  id: `${type}/${sagaId}`,
  type,
  source: '/saga-coordinator',
  subject: sagaId,
  time: new Date(nowMs).toISOString(),
  correlationId: sagaId,
  data,
})

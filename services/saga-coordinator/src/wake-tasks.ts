import type { AppPorts } from '@skald/host'
import type { Message, ProgressMarks, Task } from '@skald/messaging'
import type { Definitions } from './definitions.ts'
import { type Wake, wake } from './wake.ts'
import type { Passage, Patience } from './waking.ts'

/** Sampling lags behind what it measures, and the database's clock is not ours: less than this apart counts as not settled. */
const MARGIN_MS = 250

/** The durable that takes the commands of a family: `payment.charge.v1` is for `payment-service-commands`. */
const askedDurable = (command: string): string => `${command.slice(0, command.indexOf('.'))}-service-commands`

/** What is done with a due wake: the saga looks at itself in the next batch. */
export const wakeTasks = (
  { submit, logger, clock }: AppPorts,
  definitions: Definitions,
  patience: Patience,
  marks: ProgressMarks,
  replies: readonly string[],
): ((task: Task) => void) => {
  const handler = wake(definitions, patience)
  const settled: Passage['settled'] = (command, sentAtMs, forMs = 0) =>
    marks.settledUpTo(askedDurable(command), replies, clock.nowMs() - forMs) > sentAtMs + MARGIN_MS
  return (task) => {
    const { sagaId } = task.body as { readonly sagaId: string }
    // A wake that fails keeps its task: the lease brings it back.
    submit(handler, messageOf(task, sagaId, { settled, wholeSinceMs: marks.wholeSinceMs() }, clock.nowMs())).catch(
      (err: unknown) => logger.warn({ err, sagaId }, 'a saga could not be woken; it is tried again'),
    )
  }
}

const messageOf = (task: Task, sagaId: string, passage: Passage, nowMs: number): Message<Wake> => ({
  id: task.id,
  type: 'task:wake',
  source: '/saga-coordinator',
  subject: sagaId,
  time: new Date(nowMs).toISOString(),
  correlationId: sagaId,
  data: { sagaId, passage },
})

import type { Outcome } from './batch.ts'
import type { BugGuard } from './bug-guard.ts'
import type { Bus } from './bus.ts'
import type { Observer } from './observer.ts'
import type { Unsent } from './unsent.ts'
import type { Work } from './work.ts'

export interface SettlementPorts {
  readonly bus: Bus
  readonly observer: Observer
  readonly bugs: BugGuard
  readonly unsent: Unsent
}

/**
 * What follows a commit: every output is published, and an input is acked when all of its own outputs have their
 * PubAck. A crash before that brings the input again, and the inbox says its outputs again. Never rejects.
 */
export const settle = async (
  batch: readonly Work[],
  outcomes: readonly Outcome[],
  ports: SettlementPorts,
): Promise<void> => {
  await Promise.all(
    batch.flatMap((work, index) => {
      const outcome = outcomes[index]
      return (outcome && settleOne(work, outcome, ports)) ?? []
    }),
  )
}

const settleOne = (work: Work, outcome: Outcome, ports: SettlementPorts): Promise<void> | undefined => {
  report(work, outcome, ports)
  if (outcome.kind === 'failed') return void work.failed(outcome.error)
  if (outcome.kind === 'dead' && !work.delivery) return void work.failed(new Error(outcome.detail))
  const reply = outcome.kind === 'handled' ? outcome.reply : undefined
  const settled = outcome.kind === 'handled' && outcome.redeliver ? () => work.redeliver() : () => work.done(reply)
  if (outcome.sends.length === 0) return void settled()
  const sent = Promise.all(outcome.sends.map((send) => ports.bus.publish(send)))
  const unpublished = (error: unknown): void => ports.observer.unpublished(work.input.message, error)
  if (!work.delivery) {
    // A request is answered after its commit; what it says is also a task, so nothing is lost when sending fails.
    work.done(reply)
    return sent.then(
      () => undefined,
      (error: unknown) => {
        unpublished(error)
        ports.unsent.add(outcome.sends)
      },
    )
  }
  return sent.then(settled, (error: unknown) => {
    unpublished(error)
    work.failed(error)
  })
}

const report = ({ input, delivery }: Work, outcome: Outcome, { observer, bugs }: SettlementPorts): void => {
  const { message } = input
  switch (outcome.kind) {
    case 'duplicate':
      observer.duplicate(message)
      if (outcome.sends.length > 0) observer.resent(outcome.sends.length)
      break
    case 'dead':
      observer.deadLetter(outcome.reason, message, outcome.detail)
      break
    case 'failed':
      observer.failed(message, outcome.error)
      if (delivery) bugs.failed(delivery.durable, message, outcome.error)
      break
    case 'handled':
      observer.handled(message, outcome.reply)
      for (const { to, refuse } of outcome.refused) {
        if (refuse) observer.deadLetter(refuse.reason, to, refuse.detail)
      }
      if (delivery) bugs.succeeded(delivery.durable, message.type)
  }
}

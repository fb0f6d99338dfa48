import type { AppPorts } from '@skald/host'
import type { ClaimedTask, Message } from '@skald/messaging'
import { isOutage, postSigned, type Webhook } from '@skald/service'
import { alertTasks } from '../store/concern-tables.ts'
import { type Recorded, recordSending } from './record-sending.ts'

/** Alerts on their way at a time, a process. */
const MAX_IN_FLIGHT = 8
/** A receiver that says nothing for so long has not taken it. */
const TIME_LIMIT_MS = 5_000
/** Above the time limit and the time to write down how it ended: nobody else sends it meanwhile. */
const LEASE_MS = 15_000
/** How long an alert waits before it is sent, when nothing else is. */
const POLL_MS = 500

type Ports = Pick<AppPorts, 'store' | 'submit' | 'clock' | 'logger' | 'metrics'>

/**
 * Sends alerts until stopped. As many are taken as there are places: those that wait stay in the database. A process that
 * dies with one on its way leaves it to its lease, and it is sent again under the same id.
 */
export const sendAlerts = (webhook: Webhook, ports: Ports): (() => Promise<void>) => {
  const { store, clock, logger, metrics, submit } = ports
  const inFlight = new Set<Promise<void>>()
  const stopping = new AbortController()
  let cancel = (): void => undefined

  const send = async (task: ClaimedTask): Promise<void> => {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(TIME_LIMIT_MS)])
    const answer = await postSigned(webhook, task.id, JSON.stringify(task.body), clock.nowMs(), signal)
    // Whether it arrived is not known: its lease brings it back.
    if (stopping.signal.aborted && !answer.isTaken) return
    const sent = messageOf({ task, isTaken: answer.isTaken }, clock.nowMs())
    const recorded = ((await submit(recordSending, sent)) ?? 'again') as Recorded
    metrics.alerts.inc({ outcome: recorded })
    if (answer.isTaken) return
    const level = recorded === 'given-up' ? 'error' : 'warn'
    logger[level]({ alert: task.id, attempts: task.attempts, why: answer.why }, 'an alert was not taken')
  }
  const follow = (task: ClaimedTask): void => {
    const sending = send(task).catch((err: unknown) => logger.warn({ err, alert: task.id }, 'an alert comes again'))
    inFlight.add(sending)
    void sending.finally(() => inFlight.delete(sending))
  }
  const poll = async (): Promise<void> => {
    try {
      const places = MAX_IN_FLIGHT - inFlight.size
      const taken = places > 0 ? await store.claim(alertTasks, ['alert'], places, LEASE_MS) : []
      for (const task of taken) follow(task)
    } catch (err) {
      logger[isOutage(err) ? 'debug' : 'warn']({ err }, 'alerts could not be taken; it is tried again')
    }
    if (!stopping.signal.aborted) cancel = clock.after(POLL_MS, () => void poll())
  }
  void poll()
  return async () => {
    stopping.abort()
    cancel()
    await Promise.all(inFlight)
  }
}

const messageOf = <Data>(data: Data, nowMs: number): Message<Data> => ({
  id: 'alert',
  type: recordSending.type,
  source: '/saga-coordinator',
  subject: 'alert',
  time: new Date(nowMs).toISOString(),
  correlationId: 'alert',
  data,
})

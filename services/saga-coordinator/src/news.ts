import type { Metrics } from '@skald/service'
import type { Nudge } from './nudge.ts'
import type { SagaRow } from './store/saga-tables.ts'

/** What a decision tells about a saga besides its messages: for metrics, counted after the commit. */
export interface News {
  readonly started: boolean
  readonly ended: string | undefined
  /** How long the command was waited for whose reply this was. */
  readonly stepMs: number | undefined
  /** Commands asked again, and recorded so. */
  readonly nudges?: number
  /** Commands to be asked again now. */
  readonly toNudge?: readonly Nudge[]
  /** Of other sagas. */
  readonly more?: readonly News[]
}

export const news = (before: SagaRow | undefined, after: SagaRow, nowMs: number, answered?: string): News => {
  const asked = before?.asked.find(({ commandId }) => commandId === answered)
  return {
    started: before === undefined,
    ended: after.ended_at !== null && before?.ended_at == null ? after.status : undefined,
    stepMs: asked && nowMs - asked.saidAtMs,
  }
}

export const countNews = (metrics: Metrics, reply: unknown): void => {
  if (!isNews(reply)) return
  if (reply.started) metrics.sagasStarted.inc()
  if (reply.ended !== undefined) metrics.sagasEnded.inc({ outcome: reply.ended })
  if (reply.stepMs !== undefined) metrics.stepSeconds.observe(reply.stepMs / 1_000)
  if (reply.nudges) metrics.nudges.inc(reply.nudges)
  for (const news of reply.more ?? []) countNews(metrics, news)
}

export const isNews = (reply: unknown): reply is News =>
  typeof reply === 'object' && reply !== null && 'started' in reply

import { redactText } from './redaction.ts'

export interface HealthAnswer {
  readonly ok: boolean
  /** One sentence for a person; credentials are masked before it is shown. */
  readonly detail?: string
}

export type HealthCheck = () => HealthAnswer | Promise<HealthAnswer>

export interface HealthReport {
  readonly ok: boolean
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[]
}

export interface HealthCheckOptions {
  /**
   * True for what only a restart mends (an event loop or consumer that hangs). It is then part of `/livez` too: a
   * failing database must never be, or an outage of it restarts every service over and over.
   */
  readonly mendedByRestart?: boolean
}

export interface Health {
  /** Adds a check, or replaces the one of this name. */
  readonly add: (name: string, check: HealthCheck, options?: HealthCheckOptions) => void
  readonly remove: (name: string) => void
  /** From now on not ready, whatever the checks say: the first step of a stop. */
  readonly stopping: () => void
  /** May this process be sent requests? */
  readonly ready: () => Promise<HealthReport>
  /** Should this process be left running? */
  readonly live: () => Promise<HealthReport>
}

/** A check that takes longer than this says nothing good about what it asks; probes usually give up within a second or two. */
const checkTimeoutMs = 1000

interface Entry {
  readonly check: HealthCheck
  readonly mendedByRestart: boolean
}

async function answerOf(check: HealthCheck): Promise<HealthAnswer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<HealthAnswer>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: `no answer within ${checkTimeoutMs} ms` }), checkTimeoutMs)
  })
  try {
    return await Promise.race([check(), late])
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

async function report(entries: readonly (readonly [string, Entry])[]): Promise<HealthReport> {
  const checks = await Promise.all(
    entries.map(async ([name, { check }]) => {
      const { ok, detail } = await answerOf(check)
      return { name, ok, detail: redactText(detail ?? (ok ? 'ok' : 'failed')) }
    }),
  )
  return { ok: checks.every(({ ok }) => ok), checks }
}

/** Joins askers of the same moment into one run, so that a crowd of probes does not become a crowd of database queries. */
function shared(run: () => Promise<HealthReport>): () => Promise<HealthReport> {
  let current: Promise<HealthReport> | undefined
  return () => {
    current ??= run().finally(() => {
      current = undefined
    })
    return current
  }
}

export function createHealth(): Health {
  const entries = new Map<string, Entry>()
  let isStopping = false
  const stoppingReport: HealthReport = {
    ok: false,
    checks: [{ name: 'process', ok: false, detail: 'stopping: new work is not taken' }],
  }
  const askAll = shared(() => report([...entries]))
  const askLiveness = shared(() => report([...entries].filter(([, { mendedByRestart }]) => mendedByRestart)))

  return {
    add: (name, check, { mendedByRestart = false } = {}) => {
      entries.set(name, { check, mendedByRestart })
    },
    remove: (name) => {
      entries.delete(name)
    },
    stopping: () => {
      isStopping = true
    },
    ready: async () => (isStopping ? stoppingReport : askAll()),
    live: askLiveness,
  }
}

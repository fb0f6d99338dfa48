import { type Databases, openDatabases } from './databases.ts'
import { gatherFacts } from './facts.ts'
import { illegalPaths } from './histories.ts'
import { invariants, type Violation } from './invariants.ts'
import { tableInvariants } from './table-invariants.ts'

export interface Report {
  /** Invariants looked at. */
  readonly checked: number
  readonly orders: number
  readonly sagas: Readonly<Record<string, number>>
  readonly violations: readonly Violation[]
  /** Effects that a person must settle, or settled by hand: no violation, and nothing to forget. */
  readonly waitingForPerson: readonly string[]
}

export interface VerifyOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** How long sagas may still run before that counts; 0 looks once. */
  readonly settleWithinMs: number
}

/** Between two looks while sagas are still under way. */
const LOOK_AGAIN_MS = 500
/** A violation in every order would fill the screen; the count is told all the same. */
const MAX_SHOWN = 20

/** Reads every database and the gateway's books and checks every invariant; again, until all hold or the time is over. */
export const verify = async ({ env, settleWithinMs }: VerifyOptions): Promise<Report> => {
  const deadlineMs = Date.now() + settleWithinMs
  const databases = await openDatabases(env)
  try {
    for (;;) {
      const report = await look(databases)
      if (report.violations.length === 0 || Date.now() >= deadlineMs) return report
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  } finally {
    await databases.close()
  }
}

const look = async (databases: Databases): Promise<Report> => {
  const facts = await gatherFacts(databases)
  const found = Object.entries(invariants).flatMap(([name, holds]) => violations(name, holds(facts)))
  for (const { name, database, sql } of tableInvariants) {
    const { rows } = await databases[database].query<{ detail: string }>(sql)
    found.push(
      ...violations(
        name,
        rows.map(({ detail }) => detail),
      ),
    )
  }
  found.push(...violations('a history is a legal path of its definition', await illegalPaths(databases.saga)))
  const statuses = Object.groupBy(facts.sagas.values(), ({ status }) => status)
  return {
    checked: Object.keys(invariants).length + tableInvariants.length + 1,
    orders: facts.orders.size,
    sagas: Object.fromEntries(Object.entries(statuses).map(([status, rows]) => [status, rows?.length ?? 0])),
    violations: found,
    waitingForPerson: (statuses['NEEDS_ATTENTION'] ?? []).map(
      ({ saga_id, order_id }) => `saga ${saga_id} of order ${order_id}`,
    ),
  }
}

const violations = (invariant: string, details: Iterable<string>): Violation[] => {
  const all = [...details]
  const shown = all.slice(0, MAX_SHOWN).map((detail) => ({ invariant, detail }))
  if (all.length > MAX_SHOWN) shown.push({ invariant, detail: `and ${all.length - MAX_SHOWN} more` })
  return shown
}

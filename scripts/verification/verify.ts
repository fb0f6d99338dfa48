import { type PersonNeeded, person, type SagaState } from '@skald/saga'
import { type Databases, openDatabases } from './databases.ts'
import { definitionsOf, type FindDefinition, finderOf } from './definitions.ts'
import { type Facts, gatherFacts } from './facts.ts'
import { invariants, tripInvariants, waitsForPerson } from './invariants.ts'
import { tableInvariants } from './table-invariants.ts'

export interface Violation {
  readonly invariant: string
  readonly detail: string
}

export interface Report {
  /** Invariants looked at. */
  readonly checked: number
  readonly orders: number
  readonly sagas: Readonly<Record<string, number>>
  readonly violations: readonly Violation[]
  /** Effects that a person must settle: no violation, and nothing to forget. */
  readonly waitingForPerson: readonly string[]
  /** Effects that a person has settled by skipping them: what became of them is not looked at. */
  readonly settledByHand: readonly string[]
}

export interface VerifyOptions {
  /** Where the databases are, and the SAGA_ variables with which the system runs. */
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
  const find = finderOf(definitionsOf(env))
  const databases = await openDatabases(env)
  try {
    for (;;) {
      // All that can be seen early is that it is too early: a whole look costs more with every saga there ever was.
      while (Date.now() < deadlineMs && (await isUnderWay(databases))) await pause()
      const report = await inspect(databases, find)
      if (report.violations.length === 0 || Date.now() >= deadlineMs) return report
      await pause()
    }
  } finally {
    await databases.close()
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))

const isUnderWay = async ({ saga }: Databases): Promise<boolean> => {
  const sql = `SELECT EXISTS (SELECT FROM task WHERE kind = 'wake')
      OR EXISTS (SELECT FROM saga_detour WHERE status = 'COMPENSATING') AS yes`
  return (await saga.query<{ yes: boolean }>(sql)).rows[0]?.yes === true
}

/** One look at everything. */
export const inspect = async (databases: Databases, find: FindDefinition): Promise<Report> => {
  const facts = await gatherFacts(databases, find)
  const looked = Object.entries({ ...invariants, ...(facts.trips && tripInvariants) })
  const found = looked.flatMap(([name, holds]) => violations(name, holds(facts)))
  for (const { name, database, sql } of tableInvariants) {
    const { rows } = await databases[database].query<{ detail: string }>(sql)
    const details = rows.map(({ detail }) => detail)
    found.push(...violations(name, details))
  }
  const statuses = Map.groupBy(facts.sagas.values(), ({ status }) => status)
  return {
    checked: looked.length + tableInvariants.length,
    orders: facts.orders.size,
    sagas: Object.fromEntries([...statuses].map(([status, sagas]) => [status, sagas.length])),
    violations: found,
    waitingForPerson: [...waitingForPerson(facts, find)],
    settledByHand: [...facts.histories.settledByHand].flatMap(([sagaId, effects]) =>
      effects.map((effect) => `saga ${sagaId}: ${sentence(effect)}`),
    ),
  }
}

const violations = (invariant: string, details: Iterable<string>): Violation[] => {
  const all = [...details]
  const shown = all.slice(0, MAX_SHOWN).map((detail) => ({ invariant, detail }))
  if (all.length > MAX_SHOWN) shown.push({ invariant, detail: `and ${all.length - MAX_SHOWN} more` })
  return shown
}

function* waitingForPerson({ sagas }: Facts, find: FindDefinition): Iterable<string> {
  for (const saga of sagas.values()) {
    if (saga.ended || !waitsForPerson(saga)) continue
    const about = `saga ${saga.saga_id} of order ${saga.order_id}`
    const definition = find(saga.definition, saga.version)
    const state = JSON.parse(saga.state ?? 'null') as SagaState | null
    const asked = definition && state ? person(definition, state) : []
    yield* asked.length === 0 ? [`${about}: ${saga.status}`] : asked.map((effect) => `${about}: ${sentence(effect)}`)
  }
}

const sentence = ({ effect, amount, reason }: PersonNeeded): string =>
  `${effect}${amount === undefined ? '' : ` of ${amount.amount} ${amount.currency}`}, ${reason}`

import { type Change, type Loaded, type Read, type Store, StoreError, type Table } from '@skald/messaging'
import { type GatewayCharge, type GatewayRefund, gatewayCharges, gatewayRefunds } from './gateway-tables.ts'
import type { Answered } from './rules.ts'

/** Calls in one transaction, at most; more gains nothing and holds locks longer. */
const MAX_GROUP = 500
/** A group that lost a race for new rows is run again so often; then its callers are told to ask again. */
const MAX_RACES = 8

/** The books as one call finds them. */
export interface Books {
  readonly nowMs: number
  readonly charge: GatewayCharge | undefined
  readonly refund: GatewayRefund | undefined
}

interface Request<Outcome> {
  readonly chargeKey: string
  /** The charge is probably not in the books yet. */
  readonly fresh?: boolean
  readonly refundKey?: string
  readonly decide: (books: Books) => Answered<Outcome>
}

interface Waiting {
  readonly chargeKey: string
  readonly fresh: boolean
  readonly refundKey: string | undefined
  /** Decides, and returns what tells the caller once it is committed. */
  readonly decide: (books: Books) => { readonly answered: Answered<unknown>; readonly tell: () => void }
  readonly fail: (error: unknown) => void
}

/** One table's rows in a group: a call sees what the calls before it in the group changed. */
class Page<R extends object> {
  readonly #table: Table<R>
  readonly #loaded: Loaded
  readonly #now = new Map<string, R>()

  constructor(table: Table<R>, loaded: Loaded) {
    this.#table = table
    this.#loaded = loaded
  }

  get(key: string): R | undefined {
    return this.#now.get(key) ?? (this.#loaded.get(this.#table, key) as R | undefined)
  }

  put(key: string, row: R | undefined): void {
    if (row) this.#now.set(key, row)
  }

  /** Sorted by key, so that two processes lock in the same order. */
  changes(): Change[] {
    if (this.#now.size === 0) return []
    const rows = [...this.#now].sort(([a], [b]) => (a < b ? -1 : 1))
    const isNew = ([key]: [string, R]) => this.#loaded.get(this.#table, key) === undefined
    const inserts = rows.filter(isNew).map(([, row]) => row)
    const updates = rows.filter((row) => !isNew(row)).map(([, row]) => row)
    return [{ table: this.#table, inserts, updates, upserts: [], deletes: [] }]
  }
}

/**
 * Runs calls in groups: those that arrived in one turn, and while the group before was committed, share one transaction
 * with a fixed number of statements. So a thousand calls a second cost tens of commits. A caller is answered after its
 * commit only: what it was told survives a crash.
 */
export class GroupCommit {
  readonly #store: Store
  readonly #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** Resolves with the outcome once it is committed. Rejects when the books could not be written: ask again. */
  run<Outcome>({ chargeKey, fresh = false, refundKey, decide }: Request<Outcome>): Promise<Outcome | 'silence'> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        chargeKey,
        fresh,
        refundKey,
        decide: (books) => {
          try {
            const answered = decide(books)
            return { answered, tell: () => resolve(answered.outcome) }
          } catch (error) {
            // One call that cannot be decided must not fail the others of its group.
            return { answered: { outcome: 'silence' }, tell: () => reject(error) }
          }
        },
        fail: reject,
      })
      this.#running ??= this.#work()
    })
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #work(): Promise<void> {
    // Whoever else calls in this turn belongs into the same group.
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, MAX_GROUP))
    this.#running = undefined
  }

  async #commit(group: readonly Waiting[], races = 0): Promise<void> {
    try {
      // A guess that was wrong shows as a lost race: the second time nothing is guessed.
      const told = await this.#store.transact(readsOf(group, races === 0), (loaded) => decideGroup(group, loaded))
      for (const tell of told) tell()
    } catch (error) {
      if (isRace(error) && races < MAX_RACES) await this.#commit(group, races + 1)
      else for (const { fail } of group) fail(error)
    }
  }
}

/** Another process inserted the same key (23505), or the database chose a victim (40): the books are read again. */
const isRace = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === '23505' || error.code?.startsWith('40') === true)

const readsOf = (group: readonly Waiting[], guess: boolean): Read[] => {
  const fresh = new Set(guess ? group.flatMap((each) => (each.fresh ? each.chargeKey : [])) : [])
  const charges = new Set(group.map(({ chargeKey }) => chargeKey))
  const refunds = new Set(group.flatMap(({ refundKey }) => refundKey ?? []))
  const reads = [
    { table: gatewayCharges, keys: [...charges].sort(), lock: true, fresh },
    { table: gatewayRefunds, keys: [...refunds].sort(), lock: true },
  ]
  return reads.filter(({ keys }) => keys.length > 0)
}

const decideGroup = (group: readonly Waiting[], loaded: Loaded) => {
  const charges = new Page(gatewayCharges, loaded)
  const refunds = new Page(gatewayRefunds, loaded)
  const result = group.map(({ chargeKey, refundKey, decide }) => {
    const refund = refundKey === undefined ? undefined : refunds.get(refundKey)
    const { answered, tell } = decide({ nowMs: loaded.nowMs, charge: charges.get(chargeKey), refund })
    charges.put(chargeKey, answered.charge)
    if (refundKey !== undefined) refunds.put(refundKey, answered.refund)
    return tell
  })
  return { changes: [...charges.changes(), ...refunds.changes()], result }
}

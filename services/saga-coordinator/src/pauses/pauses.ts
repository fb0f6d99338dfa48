import { type Clock, type RowRef, type Rows, type Store, StoreError } from '@skald/messaging'
import { ALL, type PausesRow, type StepPause, stepPauses } from '../store/pause-table.ts'

/** What is remembered longer is read again by the next batch, in its transaction. */
const MAX_AGE_MS = 1_000
/** As the database names what another transaction was sooner with. */
const LOST_RACE = '40001'
/** After so long a pause holds in every process: what any of them decides by is younger. */
export const HOLDS_AFTER_MS = MAX_AGE_MS + 250

/**
 * What operators have paused, as this process knows it. Each step of each saga asks, and pauses are rare: so they are read
 * beside the work, and a batch reads them itself only where that is too long ago. A process that was frozen finds
 * out before it says anything.
 */
export class Pauses {
  readonly #clock: Pick<Clock, 'nowMs'>
  #known: readonly StepPause[] = []
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock
  }

  /** What a handler must read before it decides: nothing, nearly always. */
  rows(): readonly RowRef[] {
    return this.#isYoung() ? [] : [{ table: stepPauses, key: ALL, readOnly: true }]
  }

  /**
   * Of a definition, by what was read. Throws a lost race where what was young as the rows were named is too old now (a
   * transaction may wait for seconds): the batch looks again, and reads it itself.
   */
  of(definition: string, rows: Rows): readonly StepPause[] {
    if (!this.#isYoung()) {
      const row = rows.get(stepPauses, ALL)
      if (!row) throw new StoreError('transient', 'what is paused was read too long ago', LOST_RACE)
      this.#learn(row, this.#clock.nowMs())
    }
    return this.#known.length === 0 ? this.#known : this.#known.filter((pause) => pause.definition === definition)
  }

  /** Of all definitions, as of up to a second ago. */
  get known(): readonly StepPause[] {
    return this.#known
  }

  /** Gives the database's clock as it was read; to be called twice in the age of what is remembered, or oftener. */
  async read(store: Store): Promise<number> {
    // By the moment before it was asked: what is learned is at least so young.
    const askedAtMs = this.#clock.nowMs()
    const { row, nowMs } = await store.transact([{ table: stepPauses, keys: [ALL], lock: false }], (loaded) => ({
      changes: [],
      result: { row: loaded.get(stepPauses, ALL) as PausesRow | undefined, nowMs: loaded.nowMs },
    }))
    this.#learn(row, askedAtMs)
    return nowMs
  }

  #learn(row: Readonly<PausesRow> | undefined, atMs: number): void {
    this.#known = row?.pauses ?? []
    this.#readAtMs = atMs
  }

  #isYoung(): boolean {
    const ageMs = this.#clock.nowMs() - this.#readAtMs
    // A clock that was set back says nothing.
    return ageMs >= 0 && ageMs < MAX_AGE_MS
  }
}

import {
  type Change,
  type ClaimedTask,
  type Loaded,
  type Read,
  type Store,
  StoreError,
  type Table,
  type Task,
} from '@skald/messaging'
import { createMemoryStore, type MemoryStore, type Moment } from '../memory/memory-store.ts'
import type { Point } from './chance.ts'
import type { About } from './faults.ts'
import type { Answer, Life } from './life.ts'
import type { Simulation } from './simulation.ts'

/** A process that stands still in a transaction loses it after this, as the real connections are set. */
const IDLE_IN_TRANSACTION_MS = 5_000
/** How much later than it was due a task is taken, at most: what the poll of the real store makes of it. */
const POLL_MS = 200

type Decide<T> = (loaded: Loaded) => { readonly changes: readonly Change[]; readonly result: T }

/** Somebody who has nothing to do until something is due. */
interface Waiting {
  readonly life: Life
  readonly nextDueMs: () => number | undefined
  readonly go: () => void
}

/** One service's database, shared by its processes. It outlives them all. */
export class SimDatabase {
  readonly memory: MemoryStore
  readonly name: string
  readonly sim: Simulation
  /** Told after each transaction, of the tables that it wrote; it may not have been committed. */
  onCommit: (tables: string, life: Life) => void = () => undefined
  /** Told of tasks that a process has claimed. */
  onClaim: (life: Life, claimed: readonly ClaimedTask[]) => void = () => undefined
  #waiting: Waiting[] = []
  #wakeAtMs = Number.POSITIVE_INFINITY
  #cancelWake = (): void => undefined

  constructor(sim: Simulation, name: string) {
    this.sim = sim
    this.name = name
    let tokens = 0
    const token = (): string => `${name}-token-${++tokens}`
    this.memory = createMemoryStore({ nowMs: () => Math.floor(sim.time.nowMs), token })
  }

  /** The Store port of one process. */
  storeOf(life: Life): Store {
    return {
      transact: (reads, decide) => this.#transact(life, reads, decide),
      claim: (table, kinds, limit, leaseMs) => this.#claim(life, table, kinds, { limit, leaseMs }),
      nowMs: () => this.memory.nowMs(),
    }
  }

  /** Writes beside all processes, without a fault: what is there from the start, or SQL that belongs to no batch. */
  write(change: Pick<Change, 'table'> & Partial<Change>): Promise<void> {
    const changes = [{ inserts: [], updates: [], upserts: [], deletes: [], ...change }]
    return this.memory.transact([], () => ({ changes, result: undefined }))
  }

  /** A look outside any batch; it may meet a lost connection. */
  read<T>(life: Life, what: string, look: () => T | Promise<T>): Promise<T> {
    const point = this.sim.point(life.name, 'reads', what)
    return life.call(point, ({ resolve, reject }) => {
      const { time, faults } = this.sim
      time.after(point.between('way', 0.2, 2), () => {
        if (faults.strike('connection-lost', point)) return reject(connectionLost())
        time.stir()
        Promise.resolve(look()).then(resolve, reject)
      })
    })
  }

  /**
   * Goes on once something is due. It stands for the poll of a real process, which looks again and again: what it would
   * find nothing for is not asked.
   */
  whenDue(life: Life, nextDueMs: () => number | undefined, go: () => void): void {
    this.#waiting.push({ life, nextDueMs, go })
    this.changed()
  }

  /** Rows may have changed: whoever waits for something to be due may have to go on earlier. */
  changed(): void {
    this.#waiting = this.#waiting.filter(({ life }) => life.isAlive)
    let earliest = Number.POSITIVE_INFINITY
    for (const { nextDueMs } of this.#waiting) earliest = Math.min(earliest, nextDueMs() ?? earliest)
    if (earliest === this.#wakeAtMs) return
    this.#cancelWake()
    this.#wakeAtMs = earliest
    if (earliest === Number.POSITIVE_INFINITY) return
    this.#cancelWake = this.sim.time.after(earliest - this.sim.time.nowMs, () => this.#wake())
  }

  #wake(): void {
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) {
      const dueMs = each.nextDueMs()
      if (dueMs !== undefined && dueMs <= this.sim.time.nowMs) each.go()
      else this.#waiting.push(each)
    }
    this.changed()
  }

  #claim(
    life: Life,
    table: Table<Task>,
    kinds: readonly string[],
    { limit, leaseMs }: { readonly limit: number; readonly leaseMs: number },
  ): Promise<readonly ClaimedTask[]> {
    const { time, faults } = this.sim
    const point = this.sim.point(life.name, 'claims')
    return life.call(point, ({ resolve, reject }) => {
      const attempt = (): void => {
        if (!life.isAlive) return
        if (faults.strike('connection-lost', point)) {
          reject(connectionLost())
          return
        }
        this.memory.claim(table, kinds, limit, leaseMs).then((claimed) => {
          this.changed()
          if (claimed.length > 0) {
            this.sim.changes++
            this.onClaim(life, claimed)
            resolve(claimed)
          } else wait()
        }, reject)
      }
      let polls = 0
      const wait = (): void => {
        const go = (): void => {
          time.after(point.between(`poll ${++polls}`, 0, POLL_MS), () => life.run(attempt))
        }
        this.whenDue(life, () => this.memory.nextDue(table, kinds), go)
      }
      wait()
    })
  }

  #transact<T>(life: Life, reads: readonly Read[], decide: Decide<T>): Promise<T> {
    const point = this.sim.point(life.name, 'transacts')
    const about = (): About => ({ event: `transaction of ${this.name}`, whose: reads[0]?.keys[0] ?? '' })
    const perform = ({ resolve, reject }: Answer<T>): void => {
      let touched = ''
      const session = this.memory.session((moment) => this.#at(moment, life, point, about))
      session
        .transact(reads, (loaded) => {
          const decided = decide(loaded)
          touched = decided.changes.map(({ table }) => table.name).join()
          return decided
        })
        .then(
          (result) => {
            if (touched !== '') this.sim.changes++
            this.onCommit(touched, life)
            this.sim.trace.note(life.name, life.name, `commits ${touched || 'nothing'}`)
            this.changed()
            resolve(result)
          },
          (error: Error) => {
            this.onCommit(touched, life)
            this.sim.trace.note(life.name, life.name, `cannot commit: ${error.message}`)
            this.changed()
            reject(error)
          },
        )
    }
    return life.call(point, perform, about)
  }

  #at(moment: Moment, life: Life, point: Point, about: () => About): Promise<void> | undefined {
    const { time, faults } = this.sim
    switch (moment) {
      case 'begin':
        if (faults.strike('connection-lost', point.at('begin'), about)) throw connectionLost()
        return faults.strike('slow-store', point, about) ? time.sleep(point.between('slow', 50, 3_000)) : undefined
      case 'locked':
        return this.#there(life, point)
      case 'commit':
        return this.#leaving(life, point, about)
      case 'committed':
        if (faults.strike('commit-unknown', point, about)) throw connectionLost()
        return undefined
      case 'claim':
        return undefined
    }
  }

  /** Before it decides, the process must be there. One that stands still for too long finds its transaction ended. */
  async #there(life: Life, point: Point): Promise<void> {
    const { time } = this.sim
    await time.sleep(point.between('first way', 0.2, 2))
    const forMs = life.pausedForMs
    if (forMs > 0) await time.sleep(Math.min(forMs, IDLE_IN_TRANSACTION_MS))
    if (!life.isAlive) throw connectionLost()
    if (forMs > IDLE_IN_TRANSACTION_MS) throw new StoreError('transient', 'terminated: idle in transaction', '25P03')
  }

  async #leaving(life: Life, point: Point, about: () => About): Promise<void> {
    const { time, faults } = this.sim
    await time.sleep(point.between('second way', 0.2, 2))
    if (faults.strike('connection-lost', point.at('commit'), about)) throw connectionLost()
    if (faults.strike('conflict', point, about)) throw new StoreError('transient', 'deadlock detected', '40P01')
    // The commit of a process that died in between had left already, or had not.
    if (!life.isAlive && point.of('commit of the dead') < 0.5) throw connectionLost()
  }
}

const connectionLost = (): StoreError => new StoreError('transient', 'the connection was lost', '08006')

import { sagas } from '@skald/saga-coordinator'
import { type Fault, type FaultOptions, type Line, Simulation } from '@skald/testing/simulation'
import { invariants, tripInvariants } from '../verification/invariants.ts'
import type { Coverage } from './coverage.ts'
import { Customers } from './customer.ts'
import { everyStep } from './every-saga.ts'
import { factsOf } from './facts-of-world.ts'
import { Letters } from './letters.ts'
import { Operator } from './operator.ts'
import { ownInvariants, type Seen } from './own-invariants.ts'
import { type Settings, settingsOf } from './settings.ts'
import { isSettled } from './settled.ts'
import { StepPauser } from './step-pauser.ts'
import { TimerMover } from './timer-mover.ts'
import { Travellers } from './travellers.ts'
import { World } from './world.ts'
import { troubleTheWorld } from './world-faults.ts'

/** Longer than the longest chain of waits in the quiet: an announcement is said again after 10 s, after 20, and so on. */
const SETTLE_MS = 240_000
/** What is refused is told once more after ten minutes, and so is what is sent again. */
const LETTER_SETTLE_MS = 1_300_000
/** What was delayed must do no harm when all is over: it is waited for, and so much longer. */
const LINGER_MS = 3_000
/** Troubles that bring forth more of them would fill the memory before the time is over. */
const MAX_TROUBLES = 50

export interface ScheduleOptions {
  readonly seed: number
  readonly replicas?: number
  /** Only these faults; all that the seed draws, when not given. */
  readonly only?: FaultOptions['only']
  readonly recording?: boolean
  /** Counts what was reached. */
  readonly coverage?: Coverage | undefined
}

export interface Violation {
  readonly invariant: string
  readonly detail: string
}

export interface Schedule {
  readonly seed: number
  readonly settings: Settings
  readonly digest: string
  readonly violations: readonly Violation[]
  readonly faults: readonly Fault[]
  readonly lines: readonly Line[]
  readonly events: number
  readonly virtualMs: number
  /** How the sagas ended, by status. */
  readonly endings: Readonly<Record<string, number>>
}

/** One schedule: faults, quiet, all must end, the check, some time more, the check again. */
export const runSchedule = async ({
  seed,
  replicas = 2,
  only,
  recording = false,
  coverage,
}: ScheduleOptions): Promise<Schedule> => {
  const sim = new Simulation({ seed, recording, only })
  const settings = settingsOf(sim.run, replicas)
  sim.faults.active = settings.hasFaults
  const world = new World(sim, settings)
  coverage?.watch(world)
  const customers = new Customers(world)
  const travellers = new Travellers(world)
  const operator = new Operator(world, () => [...customers.targets, ...travellers.targets])
  const letters = new Letters(world)
  const stepPauser = new StepPauser(world)
  const timerMover = new TimerMover(world, customers, operator)
  await world.start()
  customers.start()
  travellers.start()
  operator.start()
  letters.start()
  stepPauser.start()
  timerMover.start()
  troubleTheWorld(world)
  await sim.time.pass(settings.faultsMs)
  sim.faults.active = false
  const seen = { world, customers, operator, letters, stepPauser, timerMover, travellers }
  const isOver = isSettled(seen)
  const settleMs = SETTLE_MS + (settings.strangeLetters > 0 ? LETTER_SETTLE_MS : 0)
  const isBroken = (): boolean => world.troubles.length > MAX_TROUBLES
  const settled = (await sim.time.pass(settleMs, () => isBroken() || isOver())) && !isBroken()
  const violations = settled ? [] : [{ invariant: 'everything settles', detail: `not within ${settleMs} ms of quiet` }]
  violations.push(...violationsIn(seen))
  if (violations.length === 0) {
    const changesBefore = sim.changes
    await sim.time.pass(sim.time.effectsForMs + LINGER_MS)
    // A service that was away asks for the catalogue when it is back.
    await sim.time.pass(SETTLE_MS, isSettled(seen))
    if (sim.changes !== changesBefore)
      violations.push(...violationsIn(seen).map((each) => ({ ...each, detail: `${each.detail} (later)` })))
  }
  return {
    seed,
    settings,
    digest: sim.trace.digest,
    violations,
    faults: sim.faults.struck,
    lines: sim.trace.lines,
    events: sim.time.events,
    virtualMs: sim.time.elapsedMs,
    endings: endingsOf(seen),
  }
}

const violationsIn = (seen: Seen): Violation[] => {
  const steps = everyStep(seen.world)
  const facts = factsOf(seen.world, steps)
  const shared = Object.entries({ ...invariants, ...tripInvariants }).flatMap(([invariant, find]) =>
    [...find(facts)].map((detail) => ({ invariant, detail })),
  )
  const own = Object.entries(ownInvariants).flatMap(([invariant, find]) =>
    [...find({ ...seen, steps })].map((detail) => ({ invariant, detail })),
  )
  return [...shared, ...own]
}

const endingsOf = ({ world }: Seen): Record<string, number> => {
  const endings: Record<string, number> = {}
  for (const { definition, status } of world.databases.saga.memory.rows(sagas)) {
    if (definition !== '') endings[status] = (endings[status] ?? 0) + 1
  }
  return endings
}

import type { Definition } from '../define.ts'
import { type Arc, findLoop } from './loops.ts'
import { createSuccessors, type Invented, type Successor } from './next.ts'
import { printReport, type RoadFault, type RoadReport, type Stop } from './report.ts'
import { type Broken, brokenAtEnd, brokenWait, type Ends, noticesOf } from './rules.ts'
import { createSagaStates } from './saga-states.ts'
import { type Happening, keysOf, type World } from './world.ts'

/*
 * Walks every road of a saga: breadth first over worlds, a world being the saga's state, the messages under way and
 * what the participants have done. Commands and replies take any time and any order; a success may arrive again and
 * again; a command may be silent for ever, which is what its deadline is for. Timers may pass whenever they run, since
 * nothing is known about speeds. Refusals of earlier attempts are not walked: `step` drops them before the chart.
 *
 * Worlds are finite because nothing is counted but what the chart counts itself: one attempt under way, one late, and
 * each success said or not. A chart that counts without a bound is found by a road that repeats.
 */

export interface RoadOptions extends Invented {
  /** Data of the event that starts the saga. */
  readonly start: unknown
  /** The commands that must be done when the saga ends, by the status it ends with. */
  readonly ends?: Ends
  /** Fields of the context that decide nothing, such as a text for people: states that differ only there are walked once. */
  readonly regardless?: readonly string[]
  /** A road that comes past the same world more often, with nothing but context changing, has no end. Default 12. */
  readonly maxRepeats?: number
  /** Default 500,000. */
  readonly maxWorlds?: number
}

/** @throws an error that prints the faults with their roads. Returns the report, for its numbers. */
export const assertRoads = (definition: Definition, options: RoadOptions): RoadReport => {
  const report = walkRoads(definition, options)
  if (report.faults.length > 0) throw new Error(`saga '${definition.name}': ${printReport(report)}`)
  return report
}

export const walkRoads = (definition: Definition, options: RoadOptions): RoadReport => {
  const { maxRepeats = 12, maxWorlds = 500_000, ends = {} } = options
  const states = createSagaStates(definition, options.regardless)
  const notices = noticesOf(definition)
  const successors = createSuccessors({ definition, states, notices }, options)
  const map = createRoadMap(definition)
  map.add(successors.first(options.start), -1)
  for (let index = 0; index < map.visits.length; index += 1) {
    const { world } = map.at(index)
    if (map.visits.length > maxWorlds) {
      map.report({ kind: 'too-large', detail: `more than ${maxWorlds} worlds: bound what the chart counts` }, index)
      break
    }
    if (world.saga.state.status === 'done') {
      for (const broken of brokenAtEnd(definition, notices, ends, world)) map.report(broken, index)
      continue
    }
    for (const broken of brokenWait(definition, notices, world)) map.report(broken, index)
    if (map.repeats(index) > maxRepeats) {
      map.report({ kind: 'endless', detail: 'the saga goes round without end, changing only its context' }, index)
      continue
    }
    for (const successor of successors.next(world)) map.add(successor, index)
    if (!map.goesOn(index) && world.saga.status !== 'NEEDS_ATTENTION') {
      map.report({ kind: 'dead-end', detail: 'nothing is under way, no timer runs and no person was asked' }, index)
    }
  }
  const loop = findLoop(map.arcs)
  if (loop !== undefined) map.report({ kind: 'endless', detail: 'the saga goes round without end' }, loop)
  const { states: sagaStates, steps } = states.count()
  return { worlds: map.visits.length, sagaStates, steps, ended: map.ends(), faults: map.faults() }
}

interface Visit {
  readonly world: World
  readonly shape: string
  readonly parent: number
  readonly how: Happening
}

const isOutside = ({ kind }: Happening): boolean => kind === 'outside' || kind === 'person'

/** The worlds visited, how each was reached first, and what was found. */
const createRoadMap = (definition: Definition) => {
  const visits: Visit[] = []
  const arcs: Arc[][] = []
  const known = new Map<string, number>()
  const faults = new Map<string, RoadFault>()

  const at = (index: number): Visit => {
    const visit = visits[index]
    if (!visit) throw new RangeError(`no world ${index}`)
    return visit
  }
  const chain = (index: number): Visit[] => {
    const road: Visit[] = []
    for (let here = index; here >= 0; here = at(here).parent) road.push(at(here))
    return road.reverse()
  }
  const stop = ({ how, world }: Pick<Visit, 'how' | 'world'>): Stop => ({
    happens: how.label,
    says: how.says,
    state: world.saga.state.value,
  })
  const report = (broken: Broken, index: number, last?: Successor) => {
    const name = `${broken.kind} ${broken.detail}`
    if (faults.has(name)) return
    faults.set(name, { ...broken, road: [...chain(index), ...(last ? [last] : [])].map(stop) })
  }
  return {
    visits,
    arcs,
    at,
    report,
    add: (successor: Successor, parent: number) => {
      const { world, how, broken } = successor
      for (const one of broken) report(one, parent, successor)
      const { key, shape } = keysOf(definition, world)
      const index = known.get(key) ?? visits.length
      if (index === visits.length) {
        known.set(key, index)
        visits.push({ world, shape, parent, how })
        arcs.push([])
      }
      // What changes nothing (a duplicate, a note) is no step of a road; saying or waiting again is.
      if (index !== parent || how.says.length > 0 || how.kind === 'timer')
        arcs[parent]?.push({ to: index, outside: isOutside(how) })
    },
    goesOn: (index: number): boolean => (arcs[index] ?? []).some(({ outside }) => !outside),
    /** How often the road came past the same world but for its context, since a person or somebody outside acted. */
    repeats: (index: number): number => {
      const { shape } = at(index)
      let count = 0
      for (let here = index; here >= 0; here = at(here).parent) {
        const visit = at(here)
        if (visit.shape === shape) count += 1
        if (isOutside(visit.how)) break
      }
      return count
    },
    faults: (): RoadFault[] => [...faults.values()],
    ends: (): Record<string, number> => {
      const ends: Record<string, number> = {}
      for (const { world } of visits) {
        if (world.saga.state.status !== 'done') continue
        ends[world.saga.status] = (ends[world.saga.status] ?? 0) + 1
      }
      return ends
    },
  }
}

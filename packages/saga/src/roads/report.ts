import type { StateValue } from '../state.ts'

export type RoadFaultKind =
  /** The saga ended and something asked for is neither surely done nor surely undone. */
  | 'unsettled-effect'
  /** The saga ended and something that belongs to this end is not done. */
  | 'wrong-end'
  | 'unhandled-event'
  | 'dead-end'
  | 'undone-past-no-return'
  | 'endless'
  | 'no-deadline'
  /** The chart throws. */
  | 'broken'
  /** More worlds than the walk's bound. */
  | 'too-large'

export interface Stop {
  readonly happens: string
  readonly says: readonly string[]
  readonly state: StateValue
}

export interface RoadFault {
  readonly kind: RoadFaultKind
  readonly detail: string
  /** A shortest road to it. */
  readonly road: readonly Stop[]
}

export interface RoadReport {
  /** Combinations of saga state, messages under way and effects. */
  readonly worlds: number
  readonly sagaStates: number
  readonly steps: number
  /** Worlds in which the saga has ended, by its status. */
  readonly ended: Readonly<Record<string, number>>
  /** The first of each kind and detail, on a shortest road. */
  readonly faults: readonly RoadFault[]
}

export const printRoad = ({ kind, detail, road }: RoadFault): string =>
  [
    `${kind}: ${detail}`,
    ...road.map(({ happens, says, state }, index) => {
      const said = says.length > 0 ? `  says ${says.join(', ')}` : ''
      return `  ${String(index + 1).padStart(2)}. ${happens} -> ${printState(state)}${said}`
    }),
  ].join('\n')

const printState = (value: StateValue): string => (typeof value === 'string' ? value : JSON.stringify(value))

export const printReport = ({ worlds, sagaStates, steps, ended, faults }: RoadReport): string => {
  const ends = Object.entries(ended).map(([name, count]) => `${name} ${count}`)
  return [
    `${worlds} worlds, ${sagaStates} saga states, ${steps} steps; ended: ${ends.join(', ') || 'never'}`,
    ...faults.map(printRoad),
  ].join('\n')
}

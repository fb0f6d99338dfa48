import type { FloorResult } from './floors/floors.ts'
import type { RunFigures } from './run-load.ts'

export interface LoopRun extends RunFigures {
  readonly kind: 'closed loop' | 'fixed rate'
  /** Orders in flight, or orders a second. */
  readonly load: number
}

/** The system at its fastest beside the same effects without orchestration. */
export interface FloorRatio {
  readonly floor: FloorResult['name']
  /** The run whose rate is compared. */
  readonly load: number
  readonly sagasPerSecond: number
  /** The mean of before and after. */
  readonly floorSagasPerSecond: number
  readonly rateRatio: number
  readonly cpuRatio: number
}

export const nameOf = ({ kind, load }: Pick<LoopRun, 'kind' | 'load'>): string =>
  kind === 'closed loop' ? `${load.toLocaleString('en')} in flight` : `${load.toLocaleString('en')} orders/s`

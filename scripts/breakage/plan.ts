import { Points } from '@skald/testing/simulation'
import { drawFaults, type Planned } from './faults/all.ts'
import type { Aims } from './faults/fault.ts'
import type { KindName } from './faults/kind-names.ts'

/** Faults of one moment, milliseconds from the first. */
export interface Moment {
  readonly atMs: number
  readonly faults: readonly Planned[]
}

export interface PlanOptions extends Aims {
  readonly seed: number
  readonly kinds: readonly KindName[]
  readonly everyMs: number
  readonly lastsMs: number
}

/** Every fault of a run: the seed alone decides which, when and for how long. */
export const planOf = ({ seed, kinds, everyMs, lastsMs, ...aims }: PlanOptions): readonly Moment[] => {
  const points = new Points(seed)
  const moments: Moment[] = []
  for (let atMs = 0; ; ) {
    const point = points.next('fault')
    atMs += point.between('pause before', everyMs * 0.5, everyMs * 1.5)
    if (atMs >= lastsMs) return moments
    moments.push({ atMs, faults: drawFaults(point, kinds, aims) })
  }
}

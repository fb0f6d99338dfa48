import type { Point } from '@skald/testing/simulation'
import type { Aims, Drawn, FaultKind } from './fault.ts'
import type { KindName } from './kind-names.ts'
import { consumerDelete, natsFreeze, natsKill, natsWipe, streamDelete } from './on-broker.ts'
import { cutConnections, diskFull, postgresKill } from './on-database.ts'
import { hostile } from './on-messages.ts'
import { netDelay, netReset, netSilence } from './on-network.ts'
import { clock, kill, pause, restart } from './on-processes.ts'

const single: readonly FaultKind[] = [
  kill,
  restart,
  pause,
  clock,
  natsKill,
  natsFreeze,
  natsWipe,
  streamDelete,
  consumerDelete,
  postgresKill,
  cutConnections,
  diskFull,
  netDelay,
  netSilence,
  netReset,
  hostile,
]

const TOGETHER_WEIGHT = 2

export interface Planned extends Drawn {
  readonly kind: KindName
}

/** What happens at a point: one fault of the kinds, or several at the same moment. */
export const drawFaults = (point: Point, names: readonly KindName[], aims: Aims): readonly Planned[] => {
  const kinds = single.filter(({ name }) => names.includes(name))
  const hat: readonly (FaultKind | 'together')[] = [
    ...kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind)),
    ...(names.includes('together') ? Array.from({ length: TOGETHER_WEIGHT }, () => 'together' as const) : []),
  ]
  const found = point.pick('kind', hat)
  if (found !== 'together') return [{ kind: found.name, ...found.draw(point, aims) }]
  return Array.from({ length: point.whole('how many', 2, 4) }, (_, index) => {
    const own = point.at(`fault ${index}`)
    const kind = own.pick('kind', kinds)
    return { kind: kind.name, ...kind.draw(own, aims) }
  })
}

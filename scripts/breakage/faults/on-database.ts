import { setTimeout as wait } from 'node:timers/promises'
import { connectionsCut } from '@skald/e2e'
import { type FaultKind, lengthOf, seconds } from './fault.ts'

export const postgresKill: FaultKind = {
  name: 'postgres-kill',
  weight: 1,
  draw: () => ({ what: 'postgres killed', inflict: (victim) => victim.kill('postgres') }),
}

export const cutConnections: FaultKind = {
  name: 'connections-cut',
  weight: 2,
  draw: () => ({ what: 'every database connection cut', inflict: ({ system }) => connectionsCut(system).inflict() }),
}

export const diskFull: FaultKind = {
  name: 'disk-full',
  weight: 1,
  draw(point, aims) {
    const ms = lengthOf(point, 1_000, 10_000, aims)
    return {
      what: `the database's disk full for ${seconds(ms)}`,
      inflict: (victim) => victim.withFullDisk(() => wait(ms)),
    }
  },
}

import type { Ask, Request } from '@skald/host'
import type { Coordination } from '../coordination.ts'
import { sagas } from '../store/saga-tables.ts'
import type { WaitingFor } from '../waiting-for.ts'
import type { TimersAsked } from './change.ts'
import { looked, noneOf, type SetTimers, waitsOf, whyNothing } from './set-timers.ts'
import { type Refused, type SummedUp, summaryOf, summedUp, type TimersChanged } from './summary.ts'

export interface ForeseeTimers extends TimersAsked, Pick<SetTimers, 'sagaIds'> {}

/** What an action would do to some sagas, by what it is summed up. */
export interface ForeseenPart {
  readonly done: readonly SummedUp[]
  readonly refused: readonly Refused[]
  readonly nowMs: number
  readonly none: string
  readonly waits: Waits
}

interface Waits {
  readonly waitingFor?: readonly WaitingFor[]
}

/** Looked at in one batch, so that what comes meanwhile waits for no more than that. */
const LOOKED_AT = 250

/** What an action on timers would do, decided as it is, on rows that are only looked at. */
export const foreseeTimers = (coordination: Coordination): Request<ForeseeTimers, ForeseenPart> => ({
  type: 'request:foresee-timers',
  rows: ({ data }) => [
    ...data.sagaIds.map((key) => ({ table: sagas, key, readOnly: true })),
    ...coordination.pauses.rows(),
  ],
  decide(request, rows, { nowMs }) {
    const { data } = request
    const { done, refused } = looked(coordination, request, rows, nowMs)
    const reply: ForeseenPart = {
      done: done.map(summedUp),
      refused,
      nowMs,
      none: noneOf(data, rows),
      waits: waitsOf(data, done),
    }
    return { reply }
  },
})

/** Of all these sagas, some at a time. */
export const foreseenOf = async (
  ask: Ask,
  foresee: Request<ForeseeTimers, ForeseenPart>,
  asked: ForeseeTimers,
): Promise<(TimersChanged & Waits) | { readonly why: string }> => {
  const done: SummedUp[] = []
  const refused: Refused[] = []
  let from = 0
  for (;;) {
    const sagaIds = asked.sagaIds.slice(from, from + LOOKED_AT)
    const part = await ask(foresee, { ...asked, sagaIds }, { subject: 'timers' })
    done.push(...part.done)
    refused.push(...part.refused)
    from += LOOKED_AT
    if (from < asked.sagaIds.length) continue
    const summary = summaryOf(done, refused, part.nowMs)
    const why = whyNothing(summary, part.none)
    return why === undefined ? { ...summary, ...part.waits } : { why }
  }
}

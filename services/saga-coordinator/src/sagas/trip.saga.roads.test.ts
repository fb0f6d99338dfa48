import { tripRequested } from '@skald/contracts'
import { assertRoads } from '@skald/saga'
import { expect, it } from 'vitest'
import { tripSaga } from './trip.saga.ts'

const { data: start } = tripRequested({ tripId: 'trip-1', traveller: 'Ada', flight: 'SK-1', hotel: 'grand' })

it('every road of a trip ends all done, all undone, or with a person', () => {
  const { worlds, sagaStates, ended } = assertRoads(tripSaga({ stepTimeoutMs: 30_000 }), {
    start,
    reply: () => ({ tripId: 'trip-1', reason: 'walked' }),
    regardless: ['reason'],
    ends: { COMPLETED: ['trip.reserve-flight.v1', 'trip.reserve-hotel.v1', 'trip.approve.v1'] },
  })
  expect(Object.keys(ended).sort()).toEqual(['COMPENSATED', 'COMPLETED'])
  console.log(`trip saga: ${worlds} worlds, ${sagaStates} saga states`)
})

import {
  flight,
  hotel,
  type Said,
  tripApprovalWithdrawn,
  tripApprove,
  tripApproved,
  tripRejected,
  tripWithdrawApproval,
} from '@skald/contracts'
import type { Handler } from '@skald/messaging'
import { decide as decided, MemoryRows, messageOf } from '@skald/testing'
import { beforeEach, expect, it } from 'vitest'
import { askPerson, decide, withdrawApproval } from './approval.ts'
import { releaseFlight, releaseHotel, reserveFlight, reserveHotel } from './places.ts'
import { trips } from './trip-table.ts'

/* What the road walker assumes of participants, held for this one. */

let rows: MemoryRows
beforeEach(() => {
  rows = new MemoryRows()
})

const tripId = 't1'
const comes = (handler: Handler, said: Said) => decided(rows, handler, messageOf(said.type, said.data))
const places = [
  ['flight', flight, reserveFlight as Handler, releaseFlight as Handler],
  ['hotel', hotel, reserveHotel as Handler, releaseHotel as Handler],
] as const

it.each(places)('a %s that is asked for again, also by another command, is answered the same', (what, say, reserve) => {
  const asked = say.reserve({ tripId, name: 'some' })
  for (const _twice of [1, 2]) expect(comes(reserve, asked)).toMatchObject({ says: [say.reserved({ tripId })] })
  expect(comes(reserve, say.reserve({ tripId, name: 'sim_full' }))).toMatchObject({ says: [say.reserved({ tripId })] })
  expect(rows.all(trips)).toMatchObject([{ trip_id: tripId, [what]: 'HELD' }])
})

it.each(places)('a %s whose undo came first is not held when the do comes', (what, say, reserve, release) => {
  expect(comes(release, say.release({ tripId }))).toMatchObject({ says: [say.released({ tripId })] })
  const late = comes(reserve, say.reserve({ tripId, name: 'some' }))
  expect(late).toMatchObject({ says: [say.refused({ tripId, reason: 'released before' })] })
  expect(rows.all(trips)).toMatchObject([{ [what]: 'RELEASED' }])
})

it('the question to a person stays open until somebody decides; then it is answered, and so is a later one', () => {
  const question = tripApprove({ tripId, traveller: 'Ada' })
  const first = messageOf(question.type, question.data)
  expect(decided(rows, askPerson, first)).toEqual({ open: true })
  expect(decided(rows, askPerson, first)).toEqual({ open: true })
  const answers = [{ to: { id: first.id }, digest: `digest-of-${first.id}`, says: [tripApproved({ tripId })] }]
  const request = messageOf('request:decide', { tripId, status: 'APPROVED' as const })
  expect(decided(rows, decide, request)).toMatchObject({ answers, reply: { kind: 'decided' } })
  expect(decided(rows, decide, request)).toEqual({ reply: { kind: 'decided' } })
  expect(comes(askPerson as Handler, question)).toMatchObject({ says: [tripApproved({ tripId })] })
})

it('a question that was withdrawn is refused, whether it came before or comes later, and nobody decides it any more', () => {
  const withdrawn = comes(withdrawApproval as Handler, tripWithdrawApproval({ tripId }))
  expect(withdrawn).toMatchObject({ says: [tripApprovalWithdrawn({ tripId })] })
  const late = comes(askPerson as Handler, tripApprove({ tripId, traveller: 'Ada' }))
  expect(late).toMatchObject({ says: [{ type: tripRejected.type }] })
  const request = messageOf('request:decide', { tripId, status: 'APPROVED' as const })
  expect(decided(rows, decide, request)).toEqual({ reply: { kind: 'not-asked', found: 'WITHDRAWN' } })
})

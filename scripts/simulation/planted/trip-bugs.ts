import { bug, type PlantedBug } from './bug.ts'

const TRIPS = 'services/trip-service/src'

export const tripBugs: readonly PlantedBug[] = [
  bug(
    'a saga is started again under the same key',
    'services/saga-coordinator/src/operator/start-saga.ts',
    '      if (first) return keep(',
    "      if (first?.key === '') return keep(",
  ),
  bug(
    'an undo that comes before its do leaves no mark',
    `${TRIPS}/places.ts`,
    "?.[what] !== 'REFUSED')",
    "?.[what] === 'HELD')",
  ),
  bug(
    'a place that was given back is held again',
    `${TRIPS}/places.ts`,
    '  if (known) return known',
    "  if (known && known !== 'RELEASED') return known",
  ),
  bug(
    'a question that was withdrawn is asked all the same',
    `${TRIPS}/approval.ts`,
    "    if (status !== 'REJECTED') change(",
    "    if (status === 'PENDING' || status === 'APPROVED') change(",
  ),
  bug(
    'a trip that was decided may be decided otherwise',
    `${TRIPS}/approval.ts`,
    '    change(rows, tripId, nowMs, { approval: decision })',
    '    change(rows, tripId, nowMs, { approval: { ...decision, asked: approval.asked } })',
  ),
]

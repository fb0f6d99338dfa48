import { randomUUID } from 'node:crypto'
import { sagaCoordinator } from '@skald/saga-coordinator'
import {
  createTestDatabase,
  createTestNats,
  eventually,
  type HostedService,
  startHosted,
  type TestDatabase,
  type TestNats,
} from '@skald/testing'
import { tripService } from '@skald/trip-service'
import { afterAll, beforeAll, expect, test } from 'vitest'

/* Trips from end to end: the coordinator and trip-service with their databases and their broker, through their doors. */

let nats: TestNats
let databases: readonly TestDatabase[] = []
let coordinator: HostedService
let trips: HostedService
let tripEnv: () => Readonly<Record<string, string>>

beforeAll(async () => {
  nats = await createTestNats()
  const [saga, trip] = await Promise.all([createTestDatabase('saga'), createTestDatabase('trip')])
  databases = [saga, trip]
  const common = { NATS_URL: nats.url(), SKALD_PARTICIPANTS: 'trip' }
  const own = { SAGA_DATABASE_URL: saga.url, COORDINATOR_PORT: '0' }
  const patience = { SAGA_NUDGE_AFTER_MS: '300', SAGA_STEP_TIMEOUT_MS: '1000' }
  coordinator = await startHosted(sagaCoordinator, { ...common, ...own, ...patience })
  tripEnv = () => ({ ...common, TRIP_DATABASE_URL: trip.url, TRIP_PORT: '0' })
  trips = await startHosted(tripService, tripEnv())
  await eventually(async () => expect((await ask(coordinator, 'GET', '/readyz')).status).toBe(200), LONG)
})
afterAll(async () => {
  await trips.stop()
  await coordinator.stop()
  await Promise.all([...databases.map((database) => database.close()), nats.close()])
})

const LONG = { timeoutMs: 25_000 }

const ask = async ({ http }: HostedService, method: 'GET' | 'POST', url: string, payload?: object) => {
  const answer = await http.inject({ method, url, ...(payload && { payload }) })
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> }
}

const start = async (more: object = {}): Promise<{ readonly tripId: string; readonly sagaId: string }> => {
  const tripId = randomUUID()
  const data = { tripId, traveller: 'Ada', flight: 'SK-1', hotel: 'grand', ...more }
  const { status, body } = await ask(coordinator, 'POST', '/sagas', { definition: 'trip', data })
  expect(status).toBe(201)
  return { tripId, sagaId: String(body['sagaId']) }
}
const saga = async (sagaId: string) => (await ask(coordinator, 'GET', `/sagas/${sagaId}`)).body
const trip = async (tripId: string) => (await ask(trips, 'GET', `/trips/${tripId}`)).body
const reaches = (sagaId: string, expected: object) =>
  eventually(async () => expect(await saga(sagaId)).toMatchObject(expected), LONG)
const asksPerson = (sagaId: string) => reaches(sagaId, { state: { booking: 'awaitingApproval' } })
/** Types of what came and was said, in order. */
const story = async (sagaId: string) =>
  ((await saga(sagaId))['history'] as { type: string; sent: { type: string }[] }[]).flatMap(({ type, sent }) => [
    type,
    ...sent.map((said) => `> ${said.type}`),
  ])

const COMPENSATED = { status: 'COMPENSATED', state: 'cancelled', waitingFor: [], timers: [] }

test('a trip is booked when both places are held and a person agrees', async () => {
  const { tripId, sagaId } = await start()
  await asksPerson(sagaId)
  const { waitingFor, status } = await saga(sagaId)
  expect(status).toBe('RUNNING')
  expect(waitingFor).toMatchObject([
    { kind: 'message', types: ['trip.approved.v1', 'trip.rejected.v1'], deadlineAt: expect.any(String) as string },
    { kind: 'timer', name: 'tripDeadline' },
    { kind: 'person', effect: 'trip.approve', reason: 'may Ada take SK-1 and stay at grand?' },
  ])
  const why = (await ask(coordinator, 'GET', `/sagas/${sagaId}/why`)).body
  expect(why).toMatchObject({ toDo: [] })
  expect(why['sentence']).toContain('A person is asked about trip.approve: may Ada take SK-1 and stay at grand?')
  const approved = { tripId, flight: 'HELD', hotel: 'HELD', approval: 'APPROVED' }
  await eventually(async () => expect(await trip(tripId)).toMatchObject({ approval: 'PENDING' }))
  for (const _twice of [1, 2]) {
    expect(await ask(trips, 'POST', `/trips/${tripId}/approve`)).toEqual({ status: 200, body: approved })
  }
  await reaches(sagaId, { status: 'COMPLETED', state: 'booked' })
  expect(await trip(tripId)).toEqual(approved)
})

test.each([
  ['hotel', { hotel: 'sim_full' }, { flight: 'RELEASED', hotel: 'REFUSED' }],
  ['flight', { flight: 'sim_full' }, { flight: 'REFUSED', hotel: 'RELEASED' }],
])('a %s that is refused undoes the other place', async (what, more, left) => {
  const { tripId, sagaId } = await start(more)
  await reaches(sagaId, { ...COMPENSATED, context: { reason: `trip.${what}-refused.v1: full` } })
  expect(await trip(tripId)).toEqual({ tripId, ...left, approval: null })
})

test('a person who refuses undoes both places', async () => {
  const { tripId, sagaId } = await start()
  await asksPerson(sagaId)
  await eventually(async () => {
    const { status } = await ask(trips, 'POST', `/trips/${tripId}/reject`, { reason: 'too dear' })
    expect(status).toBe(200)
  })
  await reaches(sagaId, { ...COMPENSATED, context: { reason: 'trip.rejected.v1: too dear' } })
  expect(await trip(tripId)).toEqual({ tripId, flight: 'RELEASED', hotel: 'RELEASED', approval: 'REJECTED' })
})

test.each([
  ['an approval that does not come', { approveWithinSeconds: 1 }, 'not approved in time', 'approvalDeadline'],
  ['a trip that takes too long as a whole', { bookWithinSeconds: 1 }, 'not booked in time', 'tripDeadline'],
])('%s is undone in reverse order, and an approval that comes later is refused', async (_what, more, reason, timer) => {
  const { tripId, sagaId } = await start(more)
  await reaches(sagaId, { ...COMPENSATED, context: { reason } })
  const undone = await story(sagaId)
  expect(undone.slice(undone.indexOf(`timer.${timer}`)).filter((line) => line.startsWith('> '))).toEqual([
    '> trip.withdraw-approval.v1',
    '> trip.release-flight.v1',
    '> trip.release-hotel.v1',
  ])
  expect(await trip(tripId)).toEqual({ tripId, flight: 'RELEASED', hotel: 'RELEASED', approval: 'WITHDRAWN' })
  const late = await ask(trips, 'POST', `/trips/${tripId}/approve`)
  expect(late).toMatchObject({ status: 409, body: { type: 'urn:skald:problem:trip-not-asked' } })
})

test('an operator who cancels undoes all of it, and the reason stays', async () => {
  const { tripId, sagaId } = await start()
  await asksPerson(sagaId)
  const { status, body } = await ask(coordinator, 'POST', `/sagas/${sagaId}/cancel`, { reason: 'storm' })
  expect({ status, state: body['state'] }).toEqual({ status: 202, state: { withdrawing: 'asking' } })
  await reaches(sagaId, { ...COMPENSATED, context: { reason: 'cancelled by an operator: storm' } })
  expect(await trip(tripId)).toMatchObject({ flight: 'RELEASED', hotel: 'RELEASED', approval: 'WITHDRAWN' })
})

test('a broker that loses its store, and a trip-service that is away, delay trips and nothing more', async () => {
  const asked = await start()
  await asksPerson(asked.sagaId)
  await nats.kill9()
  const meanwhile = await Promise.all(Array.from({ length: 5 }, () => start()))
  await trips.stop()
  await nats.wipe()
  trips = await startHosted(tripService, tripEnv())
  for (const { tripId, sagaId } of [asked, ...meanwhile]) {
    await eventually(async () => expect((await ask(trips, 'POST', `/trips/${tripId}/approve`)).status).toBe(200), LONG)
    await reaches(sagaId, { status: 'COMPLETED' })
    expect(await trip(tripId)).toMatchObject({ flight: 'HELD', hotel: 'HELD', approval: 'APPROVED' })
  }
})

test('an approval that nobody asked for yet, of a trip that nobody knows, is refused and says why', async () => {
  expect(await ask(trips, 'GET', '/trips/nobody')).toMatchObject({ status: 404 })
  expect(await ask(trips, 'POST', '/trips/nobody/approve')).toMatchObject({
    status: 409,
    body: { detail: 'Trip nobody asks for none yet.' },
  })
  expect(await ask(trips, 'POST', '/trips/nobody/reject', {})).toMatchObject({ status: 400 })
})

test('the coordinator shows both sagas, and which of them is started by a request', async () => {
  const { body } = await ask(coordinator, 'GET', '/definitions')
  const items = body['items'] as { name: string; versions: { startsOnRequest: boolean }[] }[]
  expect(items.map(({ name, versions }) => [name, versions.map((each) => each.startsOnRequest)])).toEqual([
    ['order', [false]],
    ['trip', [true]],
  ])
  const { sagaId } = await start()
  const diagram = await coordinator.http.inject({ method: 'GET', url: `/sagas/${sagaId}/diagram` })
  expect(diagram.statusCode).toBe(200)
})

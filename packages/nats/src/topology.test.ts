import { expect, test } from 'vitest'
import { orderTopology, permissionsOf } from './index.ts'
import { isLiteral, overlap, takes } from './subjects.ts'
import { isRead, streamOf } from './topology.ts'

test.each([
  ['order.>', 'order.created.v1', true],
  ['order.>', 'order', false],
  ['order.*.v1', 'order.created.v1', true],
  ['order.*', 'order.created.v1', false],
  ['order.created.v1', 'order.created.v1', true],
  ['order.created.v1', 'order.created', false],
  ['order.created', 'order.created.v1', false],
  ['>', 'anything', true],
  ['*.>', 'one', false],
])('the filter %s and the subject %s: %s', (filter, subject, taken) => {
  expect(takes(filter, subject)).toBe(taken)
})

test.each([
  ['order.>', 'order.created.v1', true],
  ['order.>', 'order.*', true],
  ['order.*.v1', 'order.created.*', true],
  ['order.>', 'payment.>', false],
  ['command.order.>', 'command.>', true],
  ['order', 'order.>', false],
  ['order.a', 'order.a.b', false],
])('the filters %s and %s share a subject: %s', (one, other, shared) => {
  expect(overlap(one, other)).toBe(shared)
  expect(overlap(other, one)).toBe(shared)
})

test('only letters, digits, dashes and underscores make a subject', () => {
  expect(['order.created.v1', 'a', 'A-b_9.x'].every(isLiteral)).toBe(true)
  expect(['', '.', 'a.', '.a', 'a..b', 'a.*', 'a.>', 'a b', 'a\r\n', 'ä', 'a\u0000'].some(isLiteral)).toBe(false)
})

test('every event is read by somebody, and so is every command of a known family', () => {
  const topology = orderTopology()
  for (const family of ['order', 'payment', 'inventory', 'product', 'dead-letter']) {
    expect(streamOf(topology, `${family}.anything.v9`)).toBe('EVENTS')
    expect(isRead(topology, 'EVENTS', `${family}.anything.v9`)).toBe(true)
  }
  for (const family of ['order', 'payment', 'inventory', 'product']) {
    expect(streamOf(topology, `command.${family}.anything.v9`)).toBe('COMMANDS')
    expect(isRead(topology, 'COMMANDS', `command.${family}.anything.v9`)).toBe(true)
  }
  expect(streamOf(topology, 'command.foo.bar.v1')).toBe('COMMANDS')
  expect(isRead(topology, 'COMMANDS', 'command.foo.bar.v1')).toBe(false)
  expect(topology.sweeps.map(({ stream }) => stream)).toContain('COMMANDS')
})

test('a further participant has what the others have, by the name of its family alone', () => {
  const topology = orderTopology({ participants: ['trip'] })
  expect(streamOf(topology, 'trip.anything.v9')).toBe('EVENTS')
  expect(isRead(topology, 'EVENTS', 'trip.anything.v9')).toBe(true)
  expect(isRead(topology, 'COMMANDS', 'command.trip.anything.v9')).toBe(true)
  const { publish } = permissionsOf(topology, 'trip-service')
  expect(publish.filter((subject) => !subject.startsWith('$JS.'))).toEqual(['trip.>', 'dead-letter.reported.v1'])
  const asks = permissionsOf(topology, 'saga-coordinator').publish
  expect(asks.some((filter) => takes(filter, 'command.trip.anything.v9'))).toBe(true)
  expect(() => permissionsOf(orderTopology(), 'trip-service')).toThrow('trip-service is no service')
})

test('what every service says is stored', () => {
  const topology = orderTopology()
  for (const said of topology.services.flatMap(({ says }) => says)) {
    expect([said, streamOf(topology, said.replace('.>', '.anything.v9'))]).not.toContain(undefined)
  }
})

test('names are unique, and streams, services and durables that are named exist', () => {
  const { streams, durables, sweeps, services } = orderTopology()
  const names = [...durables, ...sweeps].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { stream, service } of [...durables, ...sweeps]) {
    expect(streams.map(({ name }) => name)).toContain(stream)
    expect(services.map(({ name }) => name)).toContain(service)
  }
})

import { expect, test } from 'vitest'
import type { ReportedDeadLetter } from '../store/dead-letter-table.ts'
import { act } from './act.ts'

const OPEN: ReportedDeadLetter = {
  id: 'l1',
  service: 'payment-service',
  subject: 'command.payment.charge.v1',
  message_id: 'm1',
  type: null,
  reason: 'r',
  detail: 'd',
  payload: Buffer.from('{}').toString('base64'),
  truncated: false,
  received_at: 0,
  status: 'OPEN',
  refusals: 1,
  redrive_id: null,
  sending: false,
}
const sending = { sending: true, redrive_id: 'r0' }
const redriven = { status: 'REDRIVEN', redrive_id: 'r0' } as const
const discarded = { status: 'DISCARDED' } as const
const hasStream = (subject: string) => subject.startsWith('command.')

test.each([
  ['redrive', {}, { sending: true, redrive_id: 'r1', status: 'OPEN' }],
  ['discard', {}, { status: 'DISCARDED' }],
  ['discard', sending, { status: 'DISCARDED', sending: false }],
  ['discard', { truncated: true, payload: '', subject: 'gone.v1' }, { status: 'DISCARDED' }],
  ['redrive', sending, { kind: 'refused', why: expect.stringContaining('being sent') }],
  ['redrive', redriven, { kind: 'settled', why: expect.stringContaining('OPEN again') }],
  ['discard', redriven, { kind: 'settled', why: expect.stringContaining('OPEN again') }],
  ['redrive', discarded, { kind: 'settled', why: expect.stringContaining('GET /audit') }],
  ['discard', discarded, { kind: 'settled', why: expect.stringContaining('GET /audit') }],
  ['redrive', { truncated: true }, { kind: 'refused', why: expect.stringContaining('whole only in the dead letters') }],
  ['redrive', { payload: '' }, { kind: 'refused', why: expect.stringContaining('no payload') }],
  ['redrive', { payload: '//79' }, { kind: 'refused', why: expect.stringContaining('not UTF-8') }],
  ['redrive', { subject: 'gone.v1' }, { kind: 'refused', why: expect.stringContaining('No stream takes gone.v1') }],
] as const)('%s of a letter that is %o is %o', (action, change, expected) => {
  expect(act({ ...OPEN, ...change }, action, 'r1', hasStream)).toMatchObject(expected)
})

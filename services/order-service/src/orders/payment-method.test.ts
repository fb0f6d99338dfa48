import { expect, test } from 'vitest'
import { paymentMethodFault } from './payment-method.ts'

test.each([
  'sim_approved',
  'sim_declined',
  'sim_silent',
  'sim_lost_reply',
  'sim_slow_0',
  'sim_slow_600000',
  'sim_flaky_3',
  'sim_refund_fails_2',
])('the simulated gateway knows %s, the real one refuses it', (token) => {
  expect(paymentMethodFault(token, true)).toBeUndefined()
  expect(paymentMethodFault(token, false)).toMatch(/real gateway/)
})

test.each([
  'pm_card_visa',
  'sim_',
  'sim_unknown',
  'sim_approved_1',
  'sim_slow',
  'sim_slow_600001',
  'sim_slow_01',
  'sim_slow_-1',
  'sim_slow_1e3',
  'sim_flaky_',
  'sim_flaky_x',
  'SIM_APPROVED',
  'sim_lost',
])('the simulated gateway does not know %s', (token) => {
  expect(paymentMethodFault(token, true)).toMatch(/simulated gateway/)
})

test('the real gateway is given its own tokens as they are', () => {
  expect(paymentMethodFault('pm_card_visa', false)).toBeUndefined()
})

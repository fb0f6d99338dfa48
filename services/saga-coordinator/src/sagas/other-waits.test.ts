import { orderCancelRequested, orderCreated, paymentCharge, paymentConfirmed } from '@skald/contracts'
import { actions, command, defineSaga } from '@skald/saga'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { setup } from 'xstate'
import { coordinating } from '../../test/coordinating.ts'

/* What a saga can wait for, and an order does not: an event that nobody was asked for, and a timer beside what is answered. */

const price = { amount: 100, currency: 'EUR' }
const items = [{ sku: 'A', quantity: 2, price }]
const created = orderCreated({ orderId: 'o1', sagaId: 's1', customerId: 'c1', items, total: price })
const charge = command(paymentCharge, () => ({ orderId: 'o1', amount: price }))
const noted = { actions: { type: 'note' as const, params: { text: 'known' } } }

const definition = defineSaga({
  name: 'subscription',
  version: 1,
  startedBy: orderCreated,
  listensTo: [orderCancelRequested],
  commands: [paymentCharge],
  machine: setup({ actions, delays: { chargeDeadline: 60_000 } }).createMachine({
    id: 'subscription',
    initial: 'charging',
    on: { 'payment.confirmed.v1': noted, 'payment.failed.v1': noted },
    states: {
      charging: { entry: charge, after: { chargeDeadline: 'active' } },
      active: { on: { 'order.cancel-requested.v1': 'ended' } },
      ended: { type: 'final' },
    },
  }),
})

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating({ definitions: [definition] })
})
afterEach(() => c.processor.stop(0))

it('a deadline whose message was answered is a timer that is waited for', async () => {
  await c.tell(created)
  const dueAt = new Date(c.nowMs() + 60_000).toISOString()
  expect(c.view().waitingFor).toMatchObject([{ kind: 'message', deadlineAt: dueAt }])
  await c.tell(paymentConfirmed({ orderId: 'o1', amount: price }))
  expect(c.view().waitingFor).toEqual([{ kind: 'timer', name: 'chargeDeadline', dueAt }])
})

it('a state that asks nobody and times nothing waits for the events that leave it, and is not stuck', async () => {
  await c.tell(created)
  await c.tell(paymentConfirmed({ orderId: 'o1', amount: price }))
  c.pass(60_000)
  await c.wake()
  const since = new Date(c.nowMs()).toISOString()
  expect(c.view()).toMatchObject({ state: 'active', timers: [] })
  expect(c.view().waitingFor).toEqual([{ kind: 'message', types: ['order.cancel-requested.v1'], since }])
  c.pass(1_000)
  await c.tell(paymentConfirmed({ orderId: 'o1', amount: price }), { id: 'again' })
  expect(c.view().waitingFor).toMatchObject([{ since }])
  expect([...c.concerns(), c.why().stuck]).toEqual([undefined])
  expect(c.why().sentence).toContain(`It waits for order.cancel-requested.v1 since ${since}`)
})

import { expect, test } from 'vitest'
import { createMetrics } from './index.ts'

const ownNames = [
  'skald_alerts_total',
  'skald_batch_messages',
  'skald_consumer_paused',
  'skald_consumer_pending',
  'skald_dead_letters_open',
  'skald_dead_letters_total',
  'skald_duplicates_total',
  'skald_http_request_seconds',
  'skald_http_requests_total',
  'skald_nudges_total',
  'skald_oldest_concern_seconds',
  'skald_outputs_resent_total',
  'skald_redeliveries_total',
  'skald_sagas_archived_total',
  'skald_sagas_ended_total',
  'skald_sagas_of_concern',
  'skald_sagas_started_total',
  'skald_step_seconds',
  'skald_task_age_seconds',
  'skald_transaction_seconds',
  'skald_wake_late_seconds',
]

test('the names of the metrics are those that dashboards and alerts use', async () => {
  const { registry } = createMetrics('order-service')
  const names = (await registry.getMetricsAsJSON()).map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('skald_')).sort()).toEqual(ownNames)
  expect(names).toContain('process_cpu_seconds_total')
})

test('each metric has a help text and, where it measures, its unit in the name', async () => {
  const { registry } = createMetrics('order-service', { processMetrics: false })
  for (const { name, help, type } of await registry.getMetricsAsJSON()) {
    expect(help).toMatch(/\w+ \w+/)
    expect(name).not.toMatch(/_ms\b|millis/)
    expect(name.endsWith('_total')).toBe(String(type) === 'counter')
  }
})

test('two services in one process count apart, each under its own name', async () => {
  const order = createMetrics('order-service', { processMetrics: false })
  const payment = createMetrics('payment-service', { processMetrics: false })
  order.duplicates.inc(2)
  order.deadLetters.inc({ reason: 'does-not-parse' })
  payment.duplicates.inc()
  payment.consumerPaused.set({ durable: 'payment-commands' }, 1)
  expect(await order.registry.metrics()).toContain('skald_duplicates_total{service="order-service"} 2')
  expect(await order.registry.metrics()).toContain(
    'skald_dead_letters_total{reason="does-not-parse",service="order-service"} 1',
  )
  expect(await payment.registry.metrics()).toContain('skald_duplicates_total{service="payment-service"} 1')
})

import { expect, test } from 'vitest'
import { createHealth } from './index.ts'

test('nothing to check is healthy', async () => {
  const health = createHealth()
  expect(await health.ready()).toEqual({ ok: true, checks: [] })
  expect(await health.live()).toEqual({ ok: true, checks: [] })
})

test('one failing check makes the process not ready, and says why', async () => {
  const health = createHealth()
  health.add('database', () => ({ ok: true }))
  health.add('nats', async () => ({ ok: false, detail: 'not connected' }))
  health.add('broken', () => {
    throw new Error('postgresql://u:hunter2@h/x is gone')
  })
  expect(await health.ready()).toEqual({
    ok: false,
    checks: [
      { name: 'database', ok: true, detail: 'ok' },
      { name: 'nats', ok: false, detail: 'not connected' },
      { name: 'broken', ok: false, detail: 'postgresql://***@h/x is gone' },
    ],
  })
  health.remove('nats')
  health.add('broken', () => ({ ok: true, detail: 'mended' }))
  expect(await health.ready()).toMatchObject({ ok: true })
})

test('a check that does not answer counts as failed', async () => {
  const health = createHealth()
  health.add('silent', () => new Promise(() => {}))
  expect(await health.ready()).toEqual({
    ok: false,
    checks: [{ name: 'silent', ok: false, detail: 'no answer within 1000 ms' }],
  })
})

test('an outage that a restart does not mend never says "restart me"', async () => {
  const health = createHealth()
  health.add('database', () => ({ ok: false }))
  expect(await health.live()).toEqual({ ok: true, checks: [] })
  health.add('watchdog', () => ({ ok: false, detail: 'a consumer is silent' }), { mendedByRestart: true })
  expect(await health.live()).toMatchObject({ ok: false, checks: [{ name: 'watchdog' }] })
  expect((await health.ready()).checks.map(({ name }) => name)).toEqual(['database', 'watchdog'])
})

test('a stopping process is not ready, and is still alive', async () => {
  const health = createHealth()
  health.add('database', () => ({ ok: true }))
  health.stopping()
  expect(await health.ready()).toMatchObject({ ok: false, checks: [{ name: 'process' }] })
  expect(await health.live()).toMatchObject({ ok: true })
})

test('askers of the same moment share one run of the checks', async () => {
  const health = createHealth()
  let runs = 0
  health.add('database', async () => {
    runs += 1
    return { ok: true }
  })
  await Promise.all(Array.from({ length: 100 }, () => health.ready()))
  expect(runs).toBe(1)
  await health.ready()
  expect(runs).toBe(2)
})

import { expect, test } from 'vitest'
import { recordLog } from '../test/recorded-log.ts'
import { redactText, silentLogger } from './index.ts'

test('a line is JSON with its time, level, service, fields and text', () => {
  const { logger, entries } = recordLog()
  logger.child({ sagaId: 's1' }).info({ messageId: 'm1', causationId: 'm0' }, 'a saga started')
  expect(entries()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'sample-service',
      sagaId: 's1',
      messageId: 'm1',
      causationId: 'm0',
      msg: 'a saga started',
    },
  ])
})

test('lines below the level are not written', () => {
  const { logger, entries } = recordLog('warn')
  logger.debug({}, 'debug')
  logger.info({}, 'info')
  logger.warn({}, 'warn')
  logger.error({}, 'error')
  expect(entries().map(({ msg }) => msg)).toEqual(['warn', 'error'])
})

test('the silent logger says nothing, its children neither', () => {
  expect(() => silentLogger.child({ a: 1 }).error({}, 'nobody hears this')).not.toThrow()
})

test('whatever is in a field or text stays on its one line, and no terminal obeys it', () => {
  const { logger, lines } = recordLog()
  const nasty = 'a\r\n{"level":"fatal"}\u2028b\u2029c\u0085d\u009b31me\u001b[31m'
  logger.child({ [nasty]: nasty }).warn({ [nasty]: { [nasty]: [nasty] }, err: new Error(nasty) }, nasty)
  expect(lines).toHaveLength(1)
  expect(lines[0]?.trimEnd()).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', service: 'sample-service' })
})

test('no secret leaves, at any depth, under any spelling, in any text', () => {
  const { logger, lines } = recordLog()
  const fields = {
    headers: { Authorization: 'Bearer canary', 'proxy-authorization': 'canary', Cookie: 'canary' },
    order: { customerId: 'c1', payment_method: 'canary', deep: [{ paymentMethod: 'canary', apiKey: 'canary' }] },
    operatorToken: 'canary',
    databaseUrl: 'postgresql://u:canary/with@canary@h/order_db',
    password: 'canary',
    env: { NATS_URL: 'nats://canary@h,nats://u:canary@h', OPERATOR_TOKEN: 'canary' },
    url: 'nats://canary@127.0.0.1:4222',
    query: 'https://h/?a=1&token=canary',
    map: new Map([['key', { secret: 'canary' }]]),
    err: new Error('connect postgresql://u:canary@h/x failed', { cause: new Error('nats://svc:canary@n') }),
    bytes: Buffer.from('canary'),
  }
  logger.error(fields, 'cannot reach postgresql://u:canary@h/x')
  logger.child({ token: 'canary' }).info({ password: undefined }, 'a child')
  expect(lines.join('')).not.toContain('canary')
  expect(lines.join('')).toContain('c1')
  expect(lines.join('')).toContain('postgresql://***@h/order_db')
  expect(lines.join('')).toContain('postgresql://***@h/x')
})

test('an error keeps its type, text, code, stack and causes', () => {
  const { logger, entries } = recordLog()
  const err = Object.assign(new TypeError('outer', { cause: new RangeError('inner') }), { code: '23505' })
  logger.error({ err }, 'failed')
  expect(entries()[0]?.['err']).toMatchObject({
    type: 'TypeError',
    message: 'outer',
    code: '23505',
    stack: expect.stringContaining('logging.test.ts'),
    cause: { type: 'RangeError', message: 'inner' },
  })
})

test('cycles, depths, crowds, big integers and dates are written and bounded', () => {
  const { logger, lines, entries } = recordLog()
  const cycle: Record<string, unknown> = { name: 'cycle', big: 2n ** 64n, at: new Date(0) }
  cycle['self'] = cycle
  logger.info({ cycle, crowd: Array.from({ length: 10_000 }, (_, n) => n) }, 'large')
  expect(lines[0]?.length).toBeLessThan(5_000)
  expect(entries()[0]).toMatchObject({ cycle: { big: '18446744073709551616', at: '1970-01-01T00:00:00.000Z' } })
})

test('a long text is cut, and takes no long time', () => {
  const { logger, lines } = recordLog()
  logger.info({ text: `@${'//'.repeat(500_000)}` }, '@'.repeat(1_000_000))
  expect(lines[0]?.length).toBeLessThan(20_000)
})

test('text without secrets is left as it is', () => {
  const text = 'order a@b.c of 3 items at //host/path, a=1'
  expect(redactText(text)).toBe(text)
})

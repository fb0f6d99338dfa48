import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Process, processes, processesOf, type System, serviceProcesses, startSystem } from '@skald/e2e'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Shown, shownUnder } from './page.ts'

const LIMIT = { timeout: 180_000 }
/** Promised for a machine of its own; a test shares its machine with others. */
const SECOND_START_WITHIN_MS = 10_000
const SHARED_MACHINE = 3

let system: System

beforeAll(async () => {
  system = await startSystem()
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 120_000)

/** Sends what README.md shows to the system of this test, whose ports are others. */
const send = async ({ url, ...request }: Shown, ids: Readonly<Record<string, string>> = {}) => {
  const { order, inventory, coordinator } = system.urls
  const places: Readonly<Record<string, string>> = { 3004: order, 3006: inventory, 3007: coordinator }
  const here = url
    .replace(/^http:\/\/localhost:(\d+)/, (_, port: string) => places[port] ?? `no service is at ${port}`)
    .replace(/<(\w+)>/, (_, name: string) => ids[name] ?? `no ${name} was answered`)
  const answer = await fetch(here, { ...request, body: request.body ?? null })
  return { status: answer.status, body: (await answer.json()) as Record<string, string> }
}

it('the first order can be placed at once, as README.md shows it', LIMIT, async () => {
  const [ready, products, place, order, saga, ...others] = shownUnder('The first order')
  if (!ready || !products || !place || !order || !saga) throw new Error('README.md shows fewer commands than it did')
  expect(others).toEqual([])

  expect(await send(ready)).toMatchObject({ status: 200 })
  expect(await send(products)).toMatchObject({
    status: 200,
    body: { items: expect.arrayContaining([expect.objectContaining({ sku: 'demo-lamp' })]) as unknown },
  })
  const placed = await send(place)
  expect(placed).toMatchObject({ status: 201, body: { status: 'PENDING' } })
  await eventually(
    async () => expect(await send(order, placed.body)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } }),
    { timeoutMs: 60_000 },
  )
  await eventually(async () => expect((await send(saga, placed.body)).body).toMatchObject({ status: 'COMPLETED' }))
})

it('the way to the embedded servers is for its owner alone', () => {
  expect(statSync(join(system.home, 'run', 'access.json')).mode & 0o777).toBe(0o600)
})

it.each(processes)(
  '%s comes back when it is killed, and its pid file names the process that runs',
  LIMIT,
  async (name) => {
    const killed = await system.kill9(name)
    await system.back(name, killed)
    expect(system.pid(name)).not.toBe(killed)
  },
)

it(
  'SIGTERM stops everything and leaves no process, no pid file, no way in; what was ordered stays',
  LIMIT,
  async () => {
    const { orderId } = await system.place({ sku: 'demo-coffee', paymentMethod: 'sim_approved' })
    await system.ended(orderId)

    await system.stopKeepingData()

    expect(processesOf(system.home)).toEqual([])
    const left = (name: string) => statSync(join(system.home, 'run', name), { throwIfNoEntry: false })
    expect([...processes.map((name) => `${name}.pid`), 'access.json'].filter(left)).toEqual([])

    const startedMs = performance.now()
    await system.start()
    const tookMs = performance.now() - startedMs
    console.log(`the second start took ${(tookMs / 1_000).toFixed(1)} s`)
    expect(tookMs).toBeLessThan(SECOND_START_WITHIN_MS * SHARED_MACHINE)
    expect((await system.order(orderId)).status).toBe('CONFIRMED')
  },
)

it('a second start on the same folder is refused and disturbs nothing', LIMIT, async () => {
  const before = pids()
  const output = await system.startTwice()
  expect(output).toContain('already running')
  expect(pids()).toEqual(before)
})

it('what a killed dev left is ended by the next start, and works on', LIMIT, async () => {
  const { orderId } = await system.place({ sku: 'demo-coffee', paymentMethod: 'sim_slow_1000' })
  const before = pids()

  await system.kill9Dev()
  await system.start()

  for (const name of serviceProcesses) expect(system.pid(name)).not.toBe(before[name])
  expect(processesOf(system.home).filter((line) => Object.values(before).includes(Number.parseInt(line, 10)))).toEqual(
    [],
  )
  expect((await system.ended(orderId)).order.status).toBe('CONFIRMED')
  expect((await system.verify()).violations).toEqual([])
})

it('no password is written to a log', LIMIT, () => {
  const { natsUrl, postgresUrl } = JSON.parse(readFileSync(join(system.home, 'run', 'access.json'), 'utf8')) as Record<
    string,
    string
  >
  const secrets = [natsUrl, postgresUrl].map((url) => new URL(url ?? '').password)
  const logs = [
    system.log(),
    ...processes.map((name) => readFileSync(join(system.home, 'logs', `${name}.log`), 'utf8')),
  ]
  for (const secret of secrets) expect(logs.filter((log) => secret !== '' && log.includes(secret))).toEqual([])
})

const pids = (): Record<Process, number> =>
  Object.fromEntries(processes.map((name) => [name, system.pid(name)])) as Record<Process, number>

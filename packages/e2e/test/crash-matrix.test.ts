import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  inParallel,
  type Report,
  restarted,
  type ServiceProcess,
  type System,
  seeded,
  serviceProcesses,
  startSystem,
} from '@skald/e2e'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { allCells, type Cell } from './crash-matrix/cells.ts'
import { taskKinds } from './crash-matrix/happenings.ts'
import { linesOf, type Matrix, tableOf } from './crash-matrix/report.ts'
import { Executioner, nameOf } from './crash-matrix/run.ts'
import { World } from './crash-matrix/world.ts'
import { sizes } from './sizes.ts'

/** The short form takes what it can of the cells, in an order that the seed decides. */
const SHORT_MS = 25_000
const endAfterMs = sizes.crashes === undefined ? SHORT_MS : sizes.crashMinutes * 60_000
const LIMIT = { timeout: endAfterMs + 600_000 }

const env = {
  // The deadline of a step is none of the crash points: it never passes, however long a service is away.
  SAGA_STEP_TIMEOUT_MS: '3600000',
  SAGA_NUDGE_AFTER_MS: '1000',
  SAGA_UNDO_ATTEMPTS: '2',
  SAGA_UNDO_BACKOFF_MS: '200',
}

let system: System
let world: World
/** What `dev` had written before the first kill. */
let toldBefore = 0
let executioners: ReadonlyMap<ServiceProcess, Executioner>
const compiled = mkdtempSync(join(tmpdir(), 'skald-compiled-'))
const startedMs = performance.now()

const devLog = (): string => readFileSync(join(system.home, 'dev.log'), 'utf8')

const cellsOf = (service: ServiceProcess): readonly Cell[] =>
  allCells(service).filter((cell) => sizes.crashesOnly.test(nameOf(cell)))

beforeAll(async () => {
  system = await startSystem({ env: { ...env, NODE_COMPILE_CACHE: compiled }, through: serviceProcesses })
  // A process writes what it compiled when it ends by itself; its successors start in half the time.
  await Promise.all(serviceProcesses.map((service) => restarted(system, service).inflict()))
  await system.ready()
  toldBefore = devLog().length
  world = new World(system)
  executioners = new Map(serviceProcesses.map((service) => [service, new Executioner(system, service, world)]))
  await world.open()
}, 240_000)

afterAll(async () => {
  await world?.close()
  await system?.stop()
  rmSync(compiled, { recursive: true, force: true })
}, 240_000)

const shuffled = (cells: readonly Cell[], random: () => number): readonly Cell[] =>
  cells
    .map((cell) => ({ cell, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ cell }) => cell)

test('every service dies at every point of its work, and comes back', LIMIT, async () => {
  onTestFailed(() => console.log(`E2E_SEED=${sizes.seed}`, system.log()))
  const random = seeded(sizes.seed)
  const endsAtMs = performance.now() + endAfterMs
  const plans = [...executioners].map(([service, executioner]) => {
    const rounds = Array.from({ length: sizes.crashes ?? 1 }, () => shuffled(cellsOf(service), random))
    return { executioner, cells: rounds.flat() }
  })
  await Promise.all(plans.map(({ executioner, cells }) => executioner.run(cells, endsAtMs)))
  await system.ready()
  await world.calm()
  await Promise.all(plans.map(({ executioner }) => executioner.settled()))
  expect([...executioners.values()].flatMap(({ missed }) => missed)).toEqual([])
})

/** What people ask for; tests of their own stop coordinators in the middle of them. */
const BY_OPERATORS = ['bulk', 'migrate', 'redrive']

test('there is no task but those of the matrix', () => {
  for (const [service, { kinds }] of executioners) {
    const others = [...kinds].filter((kind) => !BY_OPERATORS.includes(kind))
    const listed = taskKinds.filter(({ services }) => services.includes(service)).map(({ kind }) => kind)
    expect(others.sort(), service).toEqual(listed.sort())
  }
})

test('every order has ended as its kind does, and all is well', LIMIT, async () => {
  onTestFailed(() => console.log(`E2E_SEED=${sizes.seed}`, system.log()))
  const { accepted } = world.load
  const wrong: string[] = []
  await inParallel(accepted.length, 10, async (index) => {
    const { orderId, kind } = accepted[index] ?? {}
    if (!orderId || !kind) return
    const { order, saga } = await system.ended(orderId, 240_000)
    if (!kind.endings.includes(order.status))
      wrong.push(`${kind.name} ${orderId} is ${order.status}, saga ${saga.sagaId}`)
  })
  const report = await system.verify(120)
  const deaths = unexpectedDeaths()
  tell(report, wrong, deaths)
  expect(wrong).toEqual([])
  expect(report.violations).toEqual([])
  expect(report.orders).toBe(accepted.length)
  expect(deaths).toEqual([])
})

/** What `dev` wrote of processes that died otherwise, or oftener, than by our hand. */
const unexpectedDeaths = (): readonly string[] => {
  const lines = devLog().slice(toldBefore).split('\n')
  const died = lines.filter((line) => line.includes('died ('))
  const unexpected = died.filter((line) => !line.includes('signal SIGKILL'))
  for (const [service, { kills }] of executioners) {
    const count = died.filter((line) => line.includes(service)).length
    if (count !== kills.length) unexpected.push(`${service} died ${count} times, was killed ${kills.length} times`)
  }
  return unexpected
}

const tell = ({ violations }: Report, wrong: readonly string[], deaths: readonly string[]): void => {
  const cells = serviceProcesses.flatMap(cellsOf)
  const kills = [...executioners.values()].flatMap((executioner) => executioner.kills)
  const table = tableOf(cells, kills)
  const matrix: Matrix = {
    seed: sizes.seed,
    seconds: Math.round((performance.now() - startedMs) / 1_000),
    cells: cells.length,
    cellsHit: Object.values(table).filter((count) => count > 0).length,
    kills: kills.length,
    orders: world.load.accepted.length,
    violations: violations.length,
    wrongEndings: wrong.length,
    unexpectedDeaths: deaths.length,
    table,
  }
  const { table: _, ...summary } = matrix
  console.log(`crash matrix ${JSON.stringify(summary)}\n${linesOf(cells, kills).join('\n')}`)
  if (sizes.crashReport !== undefined) writeFileSync(sizes.crashReport, `${JSON.stringify(matrix, null, 2)}\n`)
}

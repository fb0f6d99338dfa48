import { existsSync } from 'node:fs'
import { parseArgs, styleText } from 'node:util'
import { apiAt, call } from './event-flow/api.ts'
import { kindOf } from './event-flow/kinds.ts'
import { type OrderRun, runOrder } from './event-flow/order-run.ts'
import { renderRuns, renderSummary } from './event-flow/report.ts'
import { ensureSystem } from './event-flow/system.ts'
import { verify } from './verification/verify.ts'

const HELP = `Usage: ./scripts/test-event-flow [--orders N] [--concurrency N] [--success-rate R] [--json]

Sends orders of every kind through the running system (or one that it starts and stops), waits until each has ended,
and checks every invariant of the whole system. Ends with 1 when an order ends wrongly or an invariant breaks.

  --orders N         how many orders, 1 to 100000 (20)
  --concurrency N    orders in flight at a time, 1 to 5000 (50)
  --success-rate R   only approved and declined payments, R (0 to 1) of them approved; else every kind in turn
  --json             one JSON document on stdout instead of tables
  --help             this text`

const SKU = 'event-flow'
/** Enough for any run; the kind that asks for too much asks in steps that add up to more. */
const STOCK = 900_000

interface Options {
  readonly orders: number
  readonly concurrency: number
  readonly successRate: number | undefined
  readonly json: boolean
}

const numberOption = (name: string, text: string, [min, max]: readonly [number, number], whole = true): number => {
  const value = Number(text)
  if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  throw new Error(`--${name} ${text}: give ${whole ? 'a whole' : 'a'} number from ${min} to ${max}`)
}

const readOptions = (): Options | undefined => {
  const { values } = parseArgs({
    options: {
      orders: { type: 'string', default: '20' },
      concurrency: { type: 'string', default: '50' },
      'success-rate': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const rate = values['success-rate']
  return {
    orders: numberOption('orders', values.orders, [1, 100_000]),
    concurrency: numberOption('concurrency', values.concurrency, [1, 5_000]),
    successRate: rate === undefined ? undefined : numberOption('success-rate', rate, [0, 1], false),
    json: values.json,
  }
}

const run = async (options: Options): Promise<number> => {
  // The ports and settings of the system that ./scripts/dev runs.
  if (existsSync('.env')) process.loadEnvFile('.env')
  const api = apiAt(process.env)
  const say = (text: string): void => void process.stderr.write(`${text}\n`)
  const stop = await ensureSystem(api, say)
  try {
    await prepareStock(api.inventory, api.order)
    const runs = await runAll(options, (index) =>
      runOrder(api, kindOf(index, options.successRate), { sku: SKU, patienceMs: 180_000 }),
    )
    const report = await verify({ env: process.env, settleWithinMs: 30_000 })
    const good = runs.every(({ fault }) => fault === undefined) && report.violations.length === 0
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: good, runs, report })}\n`)
    else process.stdout.write(`${renderRuns(runs)}\n${renderSummary(runs, report)}\n`)
    return good ? 0 : 1
  } finally {
    await stop()
  }
}

/** One product of this script's own, with stock for every run; order-service must have heard of it. */
const prepareStock = async (inventory: string, order: string): Promise<void> => {
  const price = { amount: 1_999, currency: 'EUR' }
  const put = await call('PUT', `${inventory}/products/${SKU}`, { name: 'Event flow sample', price, onHand: STOCK })
  if (put.status === 409)
    await call('POST', `${inventory}/products/${SKU}/adjustments`, { quantity: 1_000, reason: 'test run' })
  else if (put.status !== 201) throw new Error(`PUT /products/${SKU} answered ${JSON.stringify(put)}`)
  for (let looks = 0; looks < 200; looks += 1) {
    if ((await call('GET', `${order}/catalogue/${SKU}`)).status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`order-service did not hear of product ${SKU} within 10 s; is the broker up?`)
}

const runAll = async (options: Options, runOne: (index: number) => Promise<OrderRun>): Promise<OrderRun[]> => {
  const runs: OrderRun[] = []
  let next = 0
  const live = process.stderr.isTTY && !options.json
  const progress = (): void => {
    if (!live) return
    const wrong = runs.filter(({ fault }) => fault).length
    const text = `${runs.length} of ${options.orders} orders ended, ${next - runs.length} in flight, ${wrong} wrong`
    process.stderr.write(`\r${styleText('dim', text)}\u001b[K`)
  }
  const lane = async (): Promise<void> => {
    while (next < options.orders) {
      const index = next
      next += 1
      runs.push(await runOne(index))
      progress()
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.concurrency, options.orders) }, lane))
  if (live) process.stderr.write('\r\u001b[K')
  return runs
}

try {
  const options = readOptions()
  if (options) process.exitCode = await run(options)
  else process.stdout.write(`${HELP}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connect, type NatsConnection } from 'nats'
import { apiAt, call } from '../event-flow/api.ts'
import { closedLoop } from './closed-loop.ts'

const HELP = `Usage: ./scripts/bench [--in-flight N] [--seconds S] [--warm-up S] [--json]

Closed loop against the running system (./scripts/dev): keeps N orders in flight and counts the sagas that end, both
outcomes, from outside. The load generator runs on the same machine.

  --in-flight N   orders in flight (1024)
  --seconds S     measured time (20)
  --warm-up S     time before that (10)
  --json          one JSON document on stdout
  --help          this text`

const PRODUCTS = 1_000
const STOCK = 100_000_000

const connectToBroker = async (): Promise<NatsConnection> => {
  const given = process.env['NATS_URL'] ?? embeddedBroker()
  const { hostname, port, username, password } = new URL(given)
  return connect({
    servers: `${hostname}:${port}`,
    user: decodeURIComponent(username),
    pass: decodeURIComponent(password),
  })
}

const embeddedBroker = (): string => {
  const file = join(process.env['SKALD_HOME'] ?? '.skald', 'run', 'access.json')
  const access: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const url: unknown = typeof access === 'object' && access !== null ? Reflect.get(access, 'natsUrl') : undefined
  if (typeof url === 'string') return url
  throw new Error('no broker to listen to: start ./scripts/dev, or set NATS_URL')
}

/** Products of the benchmark's own, so that stock never runs out. */
const prepareProducts = async (inventory: string, order: string): Promise<string[]> => {
  const skus = Array.from({ length: PRODUCTS }, (_, index) => `bench-${index}`)
  const price = { amount: 1_250, currency: 'EUR' }
  for (let at = 0; at < skus.length; at += 50) {
    await Promise.all(
      skus.slice(at, at + 50).map(async (sku) => {
        if ((await call('GET', `${inventory}/products/${sku}`)).status === 200) return
        await call('PUT', `${inventory}/products/${sku}`, { name: `Benchmark ${sku}`, price, onHand: STOCK })
      }),
    )
  }
  for (const sku of skus) {
    while ((await call('GET', `${order}/catalogue/${sku}`)).status !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return skus
}

const run = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      'in-flight': { type: 'string', default: '1024' },
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(`${HELP}\n`)
  const api = apiAt(process.env)
  const nats = await connectToBroker()
  const skus = await prepareProducts(api.inventory, api.order)
  const result = await closedLoop(nats, {
    orderUrl: api.order,
    inFlight: Number(values['in-flight']),
    warmUpMs: Number(values['warm-up']) * 1_000,
    measureMs: Number(values.seconds) * 1_000,
    skus,
    home: process.env['SKALD_HOME'] ?? '.skald',
  })
  await nats.close()
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  else
    for (const [name, value] of Object.entries(result))
      process.stdout.write(`${name.padEnd(18)}${JSON.stringify(value)}\n`)
}

try {
  await run()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}

import { existsSync } from 'node:fs'
import { parseArgs, styleText } from 'node:util'
import { tableOf } from '../restoring/print.ts'
import { repair } from '../restoring/repair.ts'
import { natsUrlOf } from './databases.ts'
import { type Report, verify } from './verify.ts'

const HELP = `Usage: ./scripts/verify [--settle-within SECONDS] [--json]
       ./scripts/verify --repair [--dry-run] [--json]

Reads all databases and the simulated gateway's own books and checks every invariant of the system: orders and sagas
ended alike, stock and money conserved, histories legal, nothing left over. Ends with 1 when one is broken.

  --settle-within S  how long sagas may still be under way before that counts (30)
  --repair           after a restore, before the services are started: brings databases of different times in order with
                     each other, the streams and the gateway's books, and tells what heals by itself, what it did, and what
                     needs a person. Ends with 1 when something does. See docs/restore.md
  --dry-run          with --repair: only tells, writes nothing
  --json             one JSON document on stdout
  --help             this text

Finds the system, and the SAGA_ settings that decide which histories are legal, in the environment and in .env, where
./scripts/dev finds them.`

const run = async (): Promise<number> => {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    options: {
      'settle-within': { type: 'string', default: '30' },
      repair: flag,
      'dry-run': flag,
      json: flag,
      help: flag,
    },
  })
  if (values.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const seconds = Number(values['settle-within'])
  if (!(seconds >= 0 && seconds <= 3_600))
    throw new Error(`--settle-within ${values['settle-within']}: give 0 to 3600 seconds`)
  if (values['dry-run'] && !values.repair) throw new Error('--dry-run is of --repair: give both, or none')
  if (existsSync('.env')) process.loadEnvFile('.env')
  return values.repair ? runRepair(values['dry-run'], values.json) : runVerify(seconds, values.json)
}

const runRepair = async (dryRun: boolean, isJson: boolean): Promise<number> => {
  const report = await repair({ env: process.env, natsUrl: natsUrlOf(process.env), dryRun })
  process.stdout.write(isJson ? `${JSON.stringify(report)}\n` : tableOf(report))
  return report.findings.some(({ verdict }) => verdict === 'person') ? 1 : 0
}

const runVerify = async (seconds: number, isJson: boolean): Promise<number> => {
  const report = await verify({ env: process.env, settleWithinMs: seconds * 1_000 })
  if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`)
  else print(report)
  return report.violations.length === 0 ? 0 : 1
}

const print = (report: Report): void => {
  const sagas = Object.entries(report.sagas).map(([status, count]) => `${count} ${status}`)
  process.stdout.write(`${report.orders} orders; sagas: ${sagas.join(', ') || 'none'}\n`)
  for (const who of report.waitingForPerson)
    process.stdout.write(`${styleText('yellow', 'waits for a person')} ${who}\n`)
  for (const what of report.settledByHand) process.stdout.write(`${styleText('yellow', 'settled by hand')} ${what}\n`)
  for (const { invariant, detail } of report.violations) {
    process.stdout.write(`${styleText('red', 'broken')} ${invariant}: ${detail}\n`)
  }
  const verdict = `${report.checked} invariants checked, ${report.violations.length} violations`
  process.stdout.write(`${styleText(report.violations.length === 0 ? 'green' : 'red', verdict)}\n`)
}

try {
  process.exitCode = await run()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}

import type { Request } from '@skald/host'
import { REPORT_DEAD_LETTER, tasks } from '@skald/messaging'
import type { Databases } from '../verification/databases.ts'
import type { Participant, Place } from './bring.ts'
import type { Repair } from './finding.ts'

const LISTED = 'SELECT id FROM reported_dead_letter'
const OPEN = `SELECT id FROM dead_letter d WHERE status = 'OPEN'
  AND NOT EXISTS (SELECT FROM task WHERE task.id = '${REPORT_DEAD_LETTER}/' || d.id)`

interface Found {
  readonly id: string
}

const WHERE: readonly (Participant | 'saga')[] = ['order', 'payment', 'inventory', 'saga']

/** Dead letters that a service keeps and the coordinator's list lost. */
export async function* unlistedLetters({ databases, services }: Place): AsyncGenerator<Repair> {
  const listed = new Set((await databases.saga.query<Found>(LISTED)).rows.map(({ id }) => id))
  for (const name of WHERE) {
    for (const { id } of (await databases[name].query<Found>(OPEN)).rows) {
      if (listed.has(id)) continue
      const detail = `dead letter ${id} of the ${name} database is reported once more`
      yield {
        finding: { verdict: 'repaired', discrepancy: 'dead-letter-unlisted', detail },
        carryOut: async () => {
          await services[name].ask(reportAgain, { id }, { subject: id })
          return undefined
        },
      }
    }
  }
}

const reportAgain: Request<Found, object> = {
  type: 'request:report-again',
  rows: ({ data }) => [{ table: tasks, key: taskIdOf(data) }],
  decide({ data }, rows, { nowMs }) {
    const task = { kind: REPORT_DEAD_LETTER, due_at: nowMs, token: '', attempts: 0, body: data.id }
    rows.put(tasks, { id: taskIdOf(data), ...task })
    return { reply: {} }
  },
}

const taskIdOf = ({ id }: Found): string => `${REPORT_DEAD_LETTER}/${id}`

const COPIES = 'SELECT sku, version::float8 FROM product_copy'
const PRODUCTS = 'SELECT sku, version::float8 FROM product'

interface Versioned {
  readonly sku: string
  readonly version: number
}

/** Changes of products that inventory-service lost: order-service's copy is newer, and keeps its price until it is overtaken. */
export async function* outdatedProducts({ order, inventory }: Databases): AsyncGenerator<Repair> {
  const products = new Map((await inventory.query<Versioned>(PRODUCTS)).rows.map(({ sku, version }) => [sku, version]))
  for (const { sku, version } of (await order.query<Versioned>(COPIES)).rows) {
    if ((products.get(sku) ?? 0) >= version) continue
    const known = products.has(sku) ? `has version ${products.get(sku)}` : 'does not know it'
    const detail = `order-service sells ${sku} by version ${version}, inventory-service ${known}: put the product again`
    yield { finding: { verdict: 'person', discrepancy: 'product-outdated', detail } }
  }
}

/** The long form of these tests, for a night or a release; the short one belongs to every change. */
const isLong = process.env['E2E_LONG'] === '1'

const numberOf = (name: string, fallback: number): number => {
  const text = process.env[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`${name}=${text}: give a whole number above 0`)
}

/** How much of everything; docs/testing.md says what each is. */
export const sizes = {
  rushed: isLong ? 1_000 : 300,
  inStock: isLong ? 100 : 30,
  sampled: isLong ? 2_000 : 400,
  silent: isLong ? 1_000 : 200,
  measured: isLong ? 400 : 100,
  /** Faults in a row, in an order that the seed decides. */
  faults: numberOf('E2E_FAULTS', isLong ? 40 : 8),
  seed: numberOf('E2E_SEED', Math.floor(Math.random() * 1_000_000) + 1),
  /** How often each process is killed by itself; once more they are all killed at the same moment. */
  kills: numberOf('E2E_KILLS', isLong ? 4 : 1),
  /** Sagas in flight when the broker's store is destroyed. */
  sagas: numberOf('E2E_SAGAS', isLong ? 500 : 120),
  /** How often each service dies at each point of the crash matrix; without it a sample of the points is taken. */
  crashes: process.env['CRASH_MATRIX'] || isLong ? numberOf('CRASH_MATRIX', 5) : undefined,
  /** The longest that this may take. */
  crashMinutes: numberOf('CRASH_MATRIX_MINUTES', 240),
  /** Only these of its points, by name. */
  crashesOnly: new RegExp(process.env['CRASH_MATRIX_ONLY'] ?? ''),
  /** Where its figures are written as JSON. */
  crashReport: process.env['CRASH_MATRIX_REPORT'],
  /** Sagas in flight at each of three wipes. */
  wiped: numberOf('E2E_WIPED', isLong ? 2_000 : 150),
  /** How long their payments take: longer than it takes to place so many, and far from the deadline. */
  wipedSlowMs: numberOf('E2E_WIPED_SLOW_MS', isLong ? 15_000 : 6_000),
  /** For so long the gateway refuses refunds, while so many orders a second come. */
  drillSeconds: numberOf('E2E_DRILL_SECONDS', isLong ? 600 : 10),
  drillRate: numberOf('E2E_DRILL_RATE', isLong ? 200 : 20),
  /** Orders beside one of each kind, for each one that needs a refund. */
  drillOthers: isLong ? 13 : 3,
} as const

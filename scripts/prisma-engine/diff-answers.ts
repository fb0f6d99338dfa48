import type {
  CreateMigrationInput,
  CreateMigrationOutput,
  EvaluateDataLossInput,
  EvaluateDataLossOutput,
  SchemaEngine,
} from '@prisma/schema-engine-wasm'

const METHODS = ['evaluateDataLoss', 'createMigration'] as const
type Method = (typeof METHODS)[number]

/** In the WebAssembly build these methods do not reach the shadow database; what they need follows from a diff, too. */
export function isAnsweredFromDiff(method: string): method is Method {
  return METHODS.some((known) => known === method)
}

const LOCK_FILE = 'provider = "postgresql"\n'
const EMPTY = '-- This is an empty migration.'

export async function answerFromDiff(engine: SchemaEngine, method: Method, params: unknown): Promise<unknown> {
  const { migrationsList, schema, filters } = params as CreateMigrationInput & EvaluateDataLossInput
  const { stdout } = await engine.diff({
    // Before the first migration there is no lock file, which says the kind of database; there is only one kind here.
    from: { tag: 'migrations', ...migrationsList, lockfile: { path: 'migration_lock.toml', content: LOCK_FILE } },
    to: { tag: 'schemaDatamodel', ...schema },
    script: true,
    exitCode: null,
    filters,
  })
  const sql = stdout?.trim() ?? ''
  const changes = sql === EMPTY ? '' : sql
  return method === 'createMigration' ? newMigration(params as CreateMigrationInput, changes) : dataLoss(changes)
}

function newMigration({ migrationName, draft }: CreateMigrationInput, changes: string): CreateMigrationOutput {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const name = migrationName ? `_${migrationName.toLowerCase().replace(/[^a-z0-9]+/g, '_')}` : ''
  const script = changes === '' ? (draft ? EMPTY : null) : `${changes}\n`
  return {
    connectorType: 'postgresql',
    generatedMigrationName: stamp + name,
    extension: 'sql',
    migrationScript: script,
  }
}

function dataLoss(changes: string): EvaluateDataLossOutput {
  const risky = changes.split('\n').filter((line) => /\bDROP (TABLE|COLUMN)\b|SET DATA TYPE/.test(line))
  return {
    migrationSteps: changes === '' ? 0 : 1,
    warnings: risky.map((line) => ({ message: `May lose data: ${line.trim()}`, stepIndex: 0 })),
    unexecutableSteps: [],
  }
}

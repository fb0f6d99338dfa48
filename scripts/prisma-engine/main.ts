// Stands in for Prisma's native schema engine, which is otherwise downloaded at first use: the same JSON-RPC over stdin
// and stdout, answered by the same engine compiled to WebAssembly, on top of node-postgres.
import { createInterface } from 'node:readline'
import { runDatabaseCommand } from './database-commands.ts'
import { readDatasource } from './datasource.ts'
import { type Engine, loadEngine } from './engine.ts'

type Call = { readonly id: number; readonly method?: string; readonly params?: unknown }

const args = process.argv.slice(2)

function option(...names: readonly string[]): string | undefined {
  const position = args.findIndex((arg) => names.includes(arg))
  return position < 0 ? undefined : args[position + 1]
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

async function answer(engine: Engine, { id, method, params }: Call): Promise<void> {
  // Without a method it acknowledges something we printed.
  if (method === undefined) return
  try {
    const { result, printed } = await Promise.race([engine.call(method, params), panicked])
    if (printed !== undefined) send({ id: 100_000 + id, method: 'print', params: { content: printed } })
    send({ id, result })
  } catch (error) {
    send({
      id,
      error: { code: 4466, message: 'An error happened. Check the data field for details.', data: data(error) },
    })
  }
}

/** Rejects when the engine panics: then its promise never settles, and a silent end would look like success. */
const panicked = new Promise<never>((_, reject) => {
  const registry = { set_message: (message: string) => reject(new Error(`the schema engine panicked: ${message}`)) }
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: registry })
  process.on('uncaughtException', reject)
})
panicked.catch(() => {
  process.exitCode = 101
})

function data(error: unknown) {
  const { message, originalMessage, cause, code, meta } = error as Partial<Record<string, unknown>>
  const inner =
    typeof cause === 'object' && cause !== null && 'originalMessage' in cause ? cause.originalMessage : undefined
  const text =
    [originalMessage, message, inner].find((candidate) => typeof candidate === 'string') ?? JSON.stringify(error)
  return { is_panic: false, message: text, meta: meta ?? null, error_code: code ?? null }
}

async function serve(): Promise<void> {
  const schemaFile = option('-d', '--datamodels')
  const engine = loadEngine(readDatasource(option('--datasource')), schemaFile === undefined ? [] : [schemaFile])
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== '') await answer(engine, JSON.parse(line) as Call)
  }
}

const command = option('cli')
if (args.includes('--version') || args.includes('-V')) console.log('schema-engine-cli webassembly')
else if (command !== undefined)
  process.exitCode = await runDatabaseCommand(command, readDatasource(option('--datasource')))
else await serve()

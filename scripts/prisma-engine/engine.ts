import { readFileSync } from 'node:fs'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import { bindAdapter } from './adapter.ts'
import type { Datasource } from './datasource.ts'
import { answerFromDiff, isAnsweredFromDiff } from './diff-answers.ts'

export type Answer = { readonly result: unknown; readonly printed?: string | undefined }

/** Answers the calls of Prisma's command line with the engine that is compiled to WebAssembly. */
export type Engine = { readonly call: (method: string, params: unknown) => Promise<Answer> }

export function loadEngine(datasource: Datasource, schemaFiles: readonly string[]): Engine {
  const files = schemaFiles.map((path): [string, string] => [path, readFileSync(path, 'utf8')])
  const datamodels = files.length > 0 ? files : undefined
  return {
    call: async (method, params) => {
      // A fresh engine for each call: it asks for the shadow database only once in its life.
      const adapter = bindAdapter(datasource)
      const engine = await SchemaEngine.new({ datamodels }, () => undefined, adapter)
      try {
        if (isAnsweredFromDiff(method)) return { result: await answerFromDiff(engine, method, params) }
        const result = await callByName(engine, method === 'getDatabaseVersion' ? 'version' : method, params)
        return { result: result ?? {}, printed: method === 'diff' ? stdoutOf(result) : undefined }
      } catch (error) {
        throw registered(error, adapter.errorRegistry) ?? error
      }
    },
  }
}

async function callByName(engine: object, method: string, params: unknown): Promise<unknown> {
  const found: unknown = Reflect.get(engine, method)
  if (typeof found !== 'function') throw new Error(`the schema engine has no method ${method}`)
  return await Reflect.apply(found, engine, [params])
}

function stdoutOf(result: unknown): string | undefined {
  const found = typeof result === 'object' && result !== null && 'stdout' in result ? result.stdout : undefined
  return typeof found === 'string' && found !== '' ? found : undefined
}

type ErrorRegistry = { consumeError(id: number): { error: unknown } | undefined }

/** An error of the database passes through WebAssembly as a number; the adapter remembers what it stands for. */
function registered(error: unknown, registry: ErrorRegistry): unknown {
  const id = /External error id#(\d+)/.exec(error instanceof Error ? error.message : String(error))?.[1]
  return id === undefined ? undefined : registry.consumeError(Number(id))?.error
}

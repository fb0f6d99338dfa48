import { type Datasource, onServer, withClient } from './datasource.ts'

/** The engine's one-shot commands: `schema-engine cli <command>`. Returns the exit code. */
export async function runDatabaseCommand(command: string, datasource: Datasource): Promise<number> {
  const { url, database } = datasource
  try {
    if (command === 'can-connect-to-database') {
      await withClient(url, (client) => client.query('SELECT 1'))
      console.log('Connection successful')
    } else if (command === 'create-database') {
      await onServer(url, (quote) => `CREATE DATABASE ${quote(database)}`)
      console.log(`Database '${database}' was successfully created.`)
    } else if (command === 'drop-database') {
      await onServer(url, (quote) => `DROP DATABASE IF EXISTS ${quote(database)}`)
      console.log('The database was successfully dropped.')
    } else {
      throw new Error(`unknown command ${command}`)
    }
    return 0
  } catch (error) {
    report(error, datasource)
    return 1
  }
}

/** The CLI reads failures of these commands from log lines on stderr, after a first line that it skips. */
function report(error: unknown, { url, database }: Datasource): void {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known: Readonly<Record<string, readonly [string, string]>> = {
    '3D000': ['P1003', `Database \`${database}\` does not exist`],
    '28000': ['P1010', message],
    '28P01': ['P1000', 'Authentication failed'],
    '42P04': ['P1009', `Database \`${database}\` already exists`],
    ECONNREFUSED: ['P1001', `Can't reach database server at ${new URL(url).host}`],
  }
  const [errorCode, text] = known[code] ?? ['P1001', message]
  const fields = { message: text, error_code: errorCode, is_panic: false, meta: { database_name: database } }
  const line = { timestamp: new Date().toISOString(), level: 'ERROR', target: 'schema_engine::logger', fields }
  process.stderr.write(`schema-engine\n${JSON.stringify(line)}\n`)
}

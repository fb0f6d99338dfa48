import { resolve } from 'node:path'
import type { ConfigPart } from './config.ts'
import { families, folderPath, nameValues, oneOf, urlList, urlText, visibleText, wholeNumber } from './config-values.ts'
import { type LogLevel, logLevels } from './logging.ts'
import { plaintextWarning } from './loopback.ts'

export const natsProtocols = ['nats:', 'tls:']
const postgresProtocols = ['postgresql:', 'postgres:']
const startedByDev = './scripts/dev sets it to its own server'

export interface CommonConfig {
  /** An absolute path. */
  readonly home: string
  /** One URL, or several with commas between them. */
  readonly natsUrl: string
  readonly logLevel: LogLevel
  /** Families of messages, each of a participant beside those of the order saga. */
  readonly participants: readonly string[]
}

export const commonConfig: ConfigPart<CommonConfig> = {
  variables: {
    home: {
      name: 'SKALD_HOME',
      meaning: 'folder of data, logs and run/<process>.pid',
      default: '.skald',
      // Made absolute at once: a later change of the working directory must not move it.
      schema: folderPath().transform((path) => resolve(path)),
      fix: 'Give a folder that this user may write.',
    },
    natsUrl: {
      name: 'NATS_URL',
      meaning: `the NATS server with JetStream, nats://host:port; ${startedByDev}`,
      schema: urlList(natsProtocols, 'nats://127.0.0.1:4222'),
      fix: 'Start with ./scripts/dev, which sets it, or give the URL of a server.',
    },
    logLevel: {
      name: 'LOG_LEVEL',
      meaning: `the least important lines that are written: ${logLevels.join(', ')}`,
      default: 'info',
      schema: oneOf(logLevels),
      fix: 'Leave it out for info.',
    },
    participants: {
      name: 'SKALD_PARTICIPANTS',
      meaning:
        'participants beside those of orders, by the family of their messages, with commas: trip for trip-service',
      default: '',
      schema: families(),
      fix: 'Leave it out for the order saga alone.',
    },
  },
  warn: ({ natsUrl }) =>
    natsUrl
      .split(',')
      .map((url) => url.trim())
      .flatMap((url) => plaintextWarning('NATS_URL', url, url.startsWith('tls:'))),
}

export interface HttpConfig {
  readonly httpHost: string
  readonly httpPort: number
}

/** Where the HTTP server listens; port 0 takes any free one. */
export function httpConfig(portVariable: string, defaultPort: number): ConfigPart<HttpConfig> {
  return {
    variables: {
      httpHost: {
        name: 'HTTP_HOST',
        meaning: 'address on which HTTP is served; 0.0.0.0 for all (in containers)',
        // Nothing here asks who the caller is by default, so only this machine is served unless somebody decides else.
        default: '127.0.0.1',
        schema: visibleText(255),
        fix: 'Give an address of this machine, such as 127.0.0.1 or 0.0.0.0.',
      },
      httpPort: {
        name: portVariable,
        meaning: 'port on which HTTP is served; 0 for any free one',
        default: String(defaultPort),
        schema: wholeNumber(0, 65_535),
        fix: `Leave it out for ${defaultPort}.`,
      },
    },
  }
}

/** The same server, another database: `postgresql://h/any?sslmode=require` becomes `postgresql://h/order_db?sslmode=require`. */
function withDatabase(serverUrl: string, databaseName: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${encodeURIComponent(databaseName)}`
  return url.href
}

export interface DatabaseConfig {
  readonly databaseUrl: string
}

/** The service's own database: its own variable, or the database of the given name on the server of `DATABASE_URL`. */
export function databaseConfig(urlVariable: string, databaseName: string): ConfigPart<DatabaseConfig> {
  return {
    variables: {
      databaseUrl: {
        name: urlVariable,
        meaning: `PostgreSQL database ${databaseName}; else that database on the server of DATABASE_URL`,
        derivedFrom: { name: 'DATABASE_URL', derive: (text) => withDatabase(text, databaseName) },
        schema: urlText(postgresProtocols, `postgresql://user@127.0.0.1:5432/${databaseName}`),
        fix: 'Start with ./scripts/dev, which sets it, or give the URL of a server.',
      },
    },
    warn: ({ databaseUrl }) =>
      plaintextWarning(urlVariable, databaseUrl, /[?&]sslmode=(require|verify-ca|verify-full)/.test(databaseUrl)),
  }
}

export interface EmbeddedServersConfig {
  readonly natsUrl: string | undefined
  readonly databaseUrl: string | undefined
  readonly natsPort: number | undefined
  readonly postgresPort: number | undefined
  readonly postgresSettings: Readonly<Record<string, string>> | undefined
}

/** Read by the scripts that start the embedded servers, not by a service. */
export const embeddedServersConfig: ConfigPart<EmbeddedServersConfig> = {
  variables: {
    natsUrl: {
      name: 'NATS_URL',
      meaning: 'a NATS server with JetStream, nats://host:port; without one ./scripts/dev starts its own',
      optional: true,
      schema: urlList(natsProtocols, 'nats://127.0.0.1:4222'),
      fix: 'Leave it out to have one started.',
    },
    databaseUrl: {
      name: 'DATABASE_URL',
      meaning: 'a PostgreSQL server, on which each service gets a database; without one ./scripts/dev starts its own',
      optional: true,
      schema: urlText(postgresProtocols, 'postgresql://user@127.0.0.1:5432/postgres'),
      fix: 'Leave it out to have one started.',
    },
    natsPort: {
      name: 'NATS_PORT',
      meaning: 'port of the NATS server that ./scripts/dev starts; any free one when absent',
      optional: true,
      schema: wholeNumber(1, 65_535),
      fix: 'Leave it out for any free port.',
    },
    postgresPort: {
      name: 'POSTGRES_PORT',
      meaning: 'port of the PostgreSQL server that ./scripts/dev starts; any free one when absent',
      optional: true,
      schema: wholeNumber(1, 65_535),
      fix: 'Leave it out for any free port.',
    },
    postgresSettings: {
      name: 'POSTGRES_SETTINGS',
      meaning: 'settings of the PostgreSQL that ./scripts/dev starts, over its own: name=value, blanks between them',
      optional: true,
      schema: nameValues(),
      fix: 'Give them as in shared_buffers=1GB work_mem=16MB, or leave it out.',
    },
  },
}

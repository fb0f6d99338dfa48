import { createLogger, type Logger, type LogLevel } from '../src/index.ts'

export interface RecordedLog {
  readonly logger: Logger
  /** The lines as they were written. */
  readonly lines: readonly string[]
  /** The lines as objects. */
  readonly entries: () => Record<string, unknown>[]
}

/** A real logger that writes to memory. */
export function recordLog(level: LogLevel = 'info'): RecordedLog {
  const lines: string[] = []
  const logger = createLogger({ service: 'sample-service', level, destination: { write: (line) => lines.push(line) } })
  return { logger, lines, entries: () => lines.map((line): Record<string, unknown> => JSON.parse(line)) }
}

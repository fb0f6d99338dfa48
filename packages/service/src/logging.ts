import { type DestinationStream, pino } from 'pino'
import { redactFields, redactText } from './redaction.ts'
import { Repetition } from './repetition.ts'

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * What a log line is about. Any other field may be added; these names are the ones by which lines of different services
 * are joined, so they are spelled in one way.
 */
export interface LogFields {
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  readonly messageId?: string | undefined
  readonly type?: string | undefined
  readonly orderId?: string | undefined
  readonly sagaId?: string | undefined
  readonly requestId?: string | undefined
  readonly err?: unknown
  readonly [field: string]: unknown
}

/** Narrow on purpose: what takes a Logger can be given any object with these methods. */
export interface Logger {
  readonly debug: (fields: LogFields, text: string) => void
  readonly info: (fields: LogFields, text: string) => void
  readonly warn: (fields: LogFields, text: string) => void
  readonly error: (fields: LogFields, text: string) => void
  /** The same logger with `fields` on every line. */
  readonly child: (fields: LogFields) => Logger
}

export interface LoggerOptions {
  readonly service: string
  readonly level?: LogLevel
  /** Where lines go, one call a line; standard output when absent. */
  readonly destination?: { write(line: string): void }
}

type WrittenLevel = 'debug' | 'info' | 'warn' | 'error'

function narrow(lines: pino.Logger, repetition: Repetition): Logger {
  const write = (level: WrittenLevel) => (fields: LogFields, text: string) => {
    // Redaction copies the fields: not done for a line that nobody will see.
    if (lines.isLevelEnabled(level)) lines[level](redactFields(fields), redactText(text))
  }
  const warn = write('warn')
  return {
    debug: write('debug'),
    info: write('info'),
    warn: (fields, text) => {
      const unwritten = repetition.admit(text, performance.now())
      if (unwritten !== undefined) warn(unwritten === 0 ? fields : { ...fields, unwritten }, text)
    },
    error: write('error'),
    child: (fields) => narrow(lines.child(redactFields(fields)), repetition),
  }
}

/**
 * JSON lines: `time` (ISO 8601), `level`, `service`, the fields, `msg`. Whatever is logged stays on its line and is
 * redacted first (see redaction.ts); writing is synchronous, so that the last line before a crash is not lost. Warnings
 * that repeat themselves are bounded (see repetition.ts); errors never are: each is a fault of ours.
 */
export function createLogger({ service, level = 'info', destination }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // redactFields has made plain objects of errors already.
    serializers: { err: (redacted: unknown) => redacted },
  }
  const stream: DestinationStream = destination ?? pino.destination({ dest: 1, sync: true })
  return narrow(pino(options, stream), new Repetition())
}

/** Says nothing: for tests and for libraries that are given no logger. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
}

import {
  type AnyConfigPart,
  ConfigError,
  type ConfigOf,
  configWarnings,
  describeConfig,
  type Environment,
  loadConfig,
} from './config.ts'
import type { CommonConfig } from './config-parts.ts'
import { unknownVariables } from './documented-variables.ts'
import { createHealth, type Health } from './health.ts'
import { createStopSequence, type StopSequence } from './lifecycle.ts'
import { createLogger, type Logger } from './logging.ts'
import { type PidFile, writePidFile } from './pid-file.ts'

/** How a process of ours ends. Whoever restarts it should not do so after `configuration`: it would end so again. */
export const exitCodes = { ok: 0, failed: 1, configuration: 78 } as const

export interface StartContext<Config> {
  readonly config: Config
  readonly logger: Logger
  /** Says "stopping" by itself when the stop begins. */
  readonly health: Health
  /** Adds a step of the stop; steps run in reverse order, so add what takes work in (HTTP, consumers) last. */
  readonly onStop: StopSequence['add']
  /** For a process that hosts several services and loads the configuration of each. */
  readonly env: Environment
}

export interface MainOptions<Parts extends readonly AnyConfigPart[]> {
  /** Names the process in its log and its pid file. */
  readonly service: string
  /** The parts of its configuration; `commonConfig` must be among them. */
  readonly config: Parts
  readonly start: (context: StartContext<ConfigOf<Parts>>) => Promise<void>
  readonly stopDeadlineMs?: number
}

interface Running {
  readonly service: string
  readonly logger: Logger
  readonly health: Health
  readonly stops: StopSequence
}

function configurationOf<const Parts extends readonly AnyConfigPart[]>(parts: Parts): ConfigOf<Parts> {
  try {
    return loadConfig(parts, process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    // For the person at the terminal: lines, where the log would have one long one.
    process.stderr.write(`${error.message}\n`)
    process.exit(exitCodes.configuration)
  }
}

async function stopAndExit({ service, logger, health, stops }: Running, reason: string, code: number): Promise<void> {
  logger.info({ reason }, `${service} is stopping`)
  health.stopping()
  const isClean = await stops.run()
  logger.info({ isClean }, `${service} stopped`)
  process.exit(isClean ? code : exitCodes.failed)
}

/**
 * A fault that nobody caught leaves the process in a state that nobody knows: it ends at once, without the steps of a
 * stop, as after kill -9. All that is in hand comes again.
 */
function exitOnUncaught(logger: Logger): void {
  process.on('uncaughtException', (err, origin) => {
    logger.error({ err, origin }, 'a fault was not caught: the process ends')
    process.exit(exitCodes.failed)
  })
}

function stopOnSignals(running: Running): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    // Ctrl-C in a terminal reaches the whole group, and a supervisor adds its SIGTERM: the second signal is no other wish
    // than the first, and the deadline bounds the wait. For at once there is SIGKILL.
    process.on(signal, () => void stopAndExit(running, signal, exitCodes.ok))
  }
}

function ownPidFile(home: string, service: string): PidFile {
  const file = writePidFile(home, service, process.pid)
  // Whatever way the process ends, short of kill -9.
  process.on('exit', file.remove)
  return file
}

/**
 * The life of a process: reads its configuration (faults: all of them on stderr, exit 78), writes its pid file, starts,
 * stops in order at SIGTERM, SIGINT or SIGHUP within a deadline (exit 0, or 1 when something was left unfinished), ends
 * with 1 when the start fails or a fault is not caught. Call it once, from main.ts.
 */
export async function runMain<const Parts extends readonly AnyConfigPart[]>({
  service,
  config: parts,
  start,
  stopDeadlineMs,
}: MainOptions<Parts>): Promise<void> {
  const config = configurationOf(parts)
  const { home, logLevel } = config as CommonConfig
  const logger = createLogger({ service, level: logLevel })
  const health = createHealth()
  const stops = createStopSequence(stopDeadlineMs === undefined ? { logger } : { logger, deadlineMs: stopDeadlineMs })
  const running = { service, logger, health, stops }

  exitOnUncaught(logger)
  stopOnSignals(running)
  try {
    ownPidFile(home, service)
    logger.info({ pid: process.pid, config: describeConfig(parts, config) }, `${service} is starting`)
    for (const warning of configWarnings(parts, config)) logger.warn({}, warning)
    for (const name of unknownVariables(process.env)) logger.warn({ variable: name }, 'no process reads this variable')
    await start({ config, logger, health, onStop: stops.add, env: process.env })
    logger.info({}, `${service} is running`)
  } catch (err) {
    logger.error({ err }, `${service} could not start`)
    await stopAndExit(running, 'the start failed', exitCodes.failed)
  }
}

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { command, interrupt } from '../benchmark/command.ts'
import { say } from '../benchmark/progress.ts'
import { repository } from '../environment/repository.ts'
import { HELP } from './help.ts'
import { type Options, readOptions } from './options.ts'
import { type ChaosReport, textOf } from './report.ts'
import { runChaos } from './run.ts'

/** Where nobody looks at a line that changes, it is told this often. */
const TELL_EVERY_MS = 10_000

/** One line that changes, in a terminal; else a line from time to time. On stderr, apart from the result. */
const progressTo = (stream: NodeJS.WriteStream): ((line: string) => void) => {
  if (stream.isTTY) return (line) => void stream.write(`\r\x1b[2K${line}`)
  let toldMs = Number.NEGATIVE_INFINITY
  return (line) => {
    if (performance.now() - toldMs < TELL_EVERY_MS) return
    toldMs = performance.now()
    say(line)
  }
}

const fileOf = ({ options, startedAt }: ChaosReport): string => {
  if (options.report !== undefined) return resolve(process.env['INIT_CWD'] ?? '.', options.report)
  const time = startedAt.replaceAll(':', '-').replace(/\..*/, '')
  return join(repository, '.skald', 'chaos', `${time}-${options.seed}.json`)
}

const run = async (options: Options): Promise<number> => {
  if (process.platform !== 'linux')
    throw new Error('./scripts/chaos reads what processes use from /proc: it needs Linux')
  say(`seed ${options.seed}`)
  const report = await runChaos(options, { signal: interrupt.signal, progress: progressTo(process.stderr) })
  if (process.stderr.isTTY) process.stderr.write('\n')
  const file = fileOf(report)
  mkdirSync(dirname(file), { recursive: true })
  const text = JSON.stringify(report, undefined, 2)
  writeFileSync(file, `${text}\n`)
  process.stdout.write(options.json ? `${text}\n` : `${textOf(report)}\n`)
  say(`the report is ${file}`)
  return report.violations.length === 0 ? 0 : 1
}

await command(HELP, readOptions, run)

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a service, Node or its engine writes when something was not caught. */
const FATAL = /a fault was not caught|unhandledRejection|UnhandledPromiseRejection|FATAL ERROR|"level":"fatal"/
const MOST_SHOWN = 20
const MOST_CHARS = 500

/** Lines of any process's log that must never be written. */
export const fatalLines = (home: string): readonly string[] => {
  const dir = join(home, 'logs')
  const found = readdirSync(dir).flatMap((file) =>
    readFileSync(join(dir, file), 'utf8')
      .split('\n')
      // PostgreSQL calls the end of every connection that is cut FATAL.
      .filter((line) => !file.startsWith('postgres') && FATAL.test(line))
      .map((line) => `${file}: ${line.slice(0, MOST_CHARS)}`),
  )
  return found.slice(0, MOST_SHOWN)
}

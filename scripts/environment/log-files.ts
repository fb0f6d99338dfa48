import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home.ts'

/** One file of this size and its predecessor are kept of each process. */
const MAX_LOG_BYTES = 64 * 1024 * 1024
const CHECK_EVERY_MS = 10_000

/**
 * Keeps the logs bounded. The processes write to their files directly and in append mode, so a file is emptied in place;
 * what is written between the copy and the emptying is lost.
 */
export function boundLogs(home: Home): () => void {
  const timer = setInterval(() => {
    const dir = join(home.dir, 'logs')
    for (const name of readdirSync(dir).filter((entry) => entry.endsWith('.log'))) {
      const file = join(dir, name)
      if (statSync(file).size < MAX_LOG_BYTES) continue
      copyFileSync(file, `${file}.1`)
      truncateSync(file)
    }
  }, CHECK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}

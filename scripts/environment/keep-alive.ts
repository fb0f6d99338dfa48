import { setTimeout as wait } from 'node:timers/promises'
import { type Child, describeEnding, type Ending, removePidFile, writePidFile } from '@skald/servers'
import { say } from './say.ts'

export type KeepOptions = {
  readonly name: string
  /** Every process hosted in it gets a pid file. */
  readonly pidFiles: readonly string[]
  readonly start: () => Promise<Child>
  /** Called instead of a restart when a restart cannot help. */
  readonly onHopeless: (ending: Ending) => void
}

export type Kept = { readonly name: string; readonly stop: () => Promise<void> }

/**
 * A process that ran this long was well: the next death is the first of a new row. So was one that was killed from
 * outside, as no program does it to itself: whoever kills it again and again must not keep it away for longer each time.
 */
const HEALTHY_AFTER_MS = 30_000
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 10_000
/** A service ends with this code when its configuration is wrong: it would end so again. */
const WRONG_CONFIGURATION = 78

/** Starts a process, and starts it again whenever it dies, for ever. Throws when the very first start fails. */
export async function keepAlive({ name, pidFiles, start, onHopeless }: KeepOptions): Promise<Kept> {
  let child = await launch()
  const stopping = new AbortController()

  async function launch(): Promise<Child> {
    const started = await start()
    for (const file of pidFiles) writePidFile(file, started.pid)
    return started
  }

  async function watch(): Promise<void> {
    for (let deaths = 0; !stopping.signal.aborted; ) {
      const upSince = performance.now()
      const ending = await child.ended
      for (const file of pidFiles) removePidFile(file, child.pid)
      if (stopping.signal.aborted) return
      if (ending.code === WRONG_CONFIGURATION) return onHopeless(ending)
      const wasWell = ending.signal === 'SIGKILL' || performance.now() - upSince > HEALTHY_AFTER_MS
      deaths = wasWell ? 1 : deaths + 1
      say(name, `died (${describeEnding(ending)}); starting it again`, 'bad')
      await startAgain(deaths)
    }
  }

  async function startAgain(deaths: number): Promise<void> {
    for (let failures = deaths - 1; !stopping.signal.aborted; failures++) {
      await wait(Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS), undefined, {
        signal: stopping.signal,
      }).catch(() => undefined)
      if (stopping.signal.aborted) return
      try {
        child = await launch()
        say(name, `runs again as process ${child.pid}`, 'good')
        return
      } catch (error) {
        say(name, error instanceof Error ? error.message : String(error), 'bad')
      }
    }
  }

  const watching = watch()
  return {
    name,
    stop: async () => {
      stopping.abort()
      await child.stop()
      await watching
      // A start that was under way when the stop came.
      await child.stop()
      for (const file of pidFiles) removePidFile(file, child.pid)
    },
  }
}

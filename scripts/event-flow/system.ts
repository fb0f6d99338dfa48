import { type ChildProcess, spawn } from 'node:child_process'
import { type Api, allReady } from './api.ts'

/** Downloads of a first start included. */
const START_WITHIN_MS = 300_000
const LOOK_EVERY_MS = 250

/** Uses the system that runs, or starts one; the returned function ends what was started here. */
export const ensureSystem = async (api: Api, say: (text: string) => void): Promise<() => Promise<void>> => {
  if (await allReady(api)) return async () => undefined
  say('no running system found: starting one with ./scripts/dev')
  // What it says goes beside what we say: why it cannot start, or that another one runs and is not ready.
  const dev = spawn('./scripts/dev', [], { stdio: ['ignore', process.stderr, process.stderr] })
  const stop = () => stopped(dev)
  const deadlineMs = Date.now() + START_WITHIN_MS
  while (!(await allReady(api))) {
    if (dev.exitCode !== null) throw new Error(`./scripts/dev ended with ${dev.exitCode}; above it says why`)
    if (Date.now() > deadlineMs) {
      await stop()
      throw new Error('the system was not ready within 5 minutes; above, and in the logs of its home, it says why')
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  return stop
}

const stopped = (dev: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (dev.exitCode !== null) return resolve()
    dev.once('exit', () => resolve())
    dev.kill('SIGTERM')
  })

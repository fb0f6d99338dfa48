import { type ChildProcess, spawn } from 'node:child_process'
import { type Api, allReady } from './api.ts'

/** Downloads of a first start included. */
const START_WITHIN_MS = 300_000
const LOOK_EVERY_MS = 250

/** Uses the system that runs, or starts one; the returned function ends what was started here. */
export const ensureSystem = async (api: Api, say: (text: string) => void): Promise<() => Promise<void>> => {
  if (await allReady(api)) return async () => undefined
  say('no running system found: starting one with ./scripts/dev')
  const dev = spawn('./scripts/dev', [], { stdio: ['ignore', 'ignore', 'inherit'] })
  const stop = () => stopped(dev)
  const deadlineMs = Date.now() + START_WITHIN_MS
  while (!(await allReady(api))) {
    if (dev.exitCode !== null) throw new Error(`./scripts/dev ended with ${dev.exitCode}; run it by hand to see why`)
    if (Date.now() > deadlineMs) {
      await stop()
      throw new Error('the system was not ready within 5 minutes; run ./scripts/dev by hand to see why')
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

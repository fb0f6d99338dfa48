import { readFileSync } from 'node:fs'

/*
 * Loaded into every process of a system that is to be broken, by NODE_OPTIONS: shifts the wall clock of a process by the
 * milliseconds that stand in the file CHAOS_CLOCKS/<its number>. Timers and the monotonic clock are not touched.
 */

/** A service that asks for the time a thousand times a second must not read a file each time. */
const LOOK_EVERY_MS = 100

const file = `${process.env['CHAOS_CLOCKS']}/${process.pid}`
const RealDate = Date
let shiftMs = 0

const look = (): void => {
  try {
    shiftMs = Number(readFileSync(file, 'utf8'))
  } catch {
    // Most clocks are right.
    shiftMs = 0
  }
}

const now = (): number => RealDate.now() + shiftMs

globalThis.Date = new Proxy(RealDate, {
  construct: (date, args, target) => Reflect.construct(date, args.length === 0 ? [now()] : args, target),
  apply: () => new RealDate(now()).toString(),
  get: (date, key) => (key === 'now' ? now : Reflect.get(date, key)),
})

setInterval(look, LOOK_EVERY_MS).unref()

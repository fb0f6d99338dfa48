import { setTimeout as wait } from 'node:timers/promises'
import { type FaultKind, lengthOf, seconds } from './fault.ts'

export const kill: FaultKind = {
  name: 'kill',
  weight: 5,
  draw(point, { services }) {
    const name = point.pick('process', services)
    return { what: `${name} killed`, inflict: (victim) => victim.kill(name) }
  },
}

/** As a rollout does it. */
export const restart: FaultKind = {
  name: 'restart',
  weight: 3,
  draw(point, { services }) {
    const name = point.pick('process', services)
    return { what: `${name} restarted`, inflict: (victim) => victim.terminate(name) }
  },
}

export const pause: FaultKind = {
  name: 'pause',
  weight: 3,
  draw(point, aims) {
    const name = point.pick('process', aims.services)
    const ms = lengthOf(point, 1_000, 30_000, aims)
    return {
      what: `${name} paused for ${seconds(ms)}`,
      async inflict(victim) {
        const goOn = await victim.freeze(name)
        // The fault itself lasts so long; nothing is waited for.
        await wait(ms)
        goOn()
      },
    }
  },
}

/** The wall clock alone; timers and the monotonic clock go on, as when an operator sets the time. */
export const clock: FaultKind = {
  name: 'clock',
  weight: 2,
  draw(point, aims) {
    const name = point.pick('process', aims.services)
    const shiftMs = point.pick('way', [-1, 1]) * point.whole('shift', 1, 30) * 60_000
    const ms = lengthOf(point, 5_000, 30_000, aims)
    return {
      what: `${name}'s clock ${shiftMs / 60_000} min for ${seconds(ms)}`,
      async inflict(victim) {
        const setBack = await victim.shiftClock(name, shiftMs)
        await wait(ms)
        setBack()
      },
    }
  },
}

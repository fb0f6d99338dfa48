import type { Replica } from './replica.ts'
import type { World } from './world.ts'

/** Nobody waits longer for an HTTP answer; then the same request is sent again. */
const PATIENCE_MS = 3_000
const AGAIN_AFTER_MS = 300

export interface AskedOver<T> {
  readonly who: string
  readonly what: string
  readonly replicas: readonly Replica[]
  readonly ask: (replica: Replica) => Promise<T>
}

/** Sends until an answer came: to any process, which may be down, die under it, or answer into the void. */
export const untilAnswered = <T>(world: World, request: AskedOver<T>, answered: (answer: T) => void): void => {
  const { sim } = world
  const { who, what, replicas, ask } = request
  const point = sim.point(what)
  let open = true
  const again = (delayMs: number): void => {
    if (!open) return
    open = false
    sim.time.after(delayMs, () => untilAnswered(world, request, answered))
  }
  const taker = point.pick('taker', replicas)
  const { life } = taker
  if (!life.isAlive) {
    again(AGAIN_AFTER_MS)
    return
  }
  sim.trace.note(who, taker.name, what)
  life.run(() => {
    ask(taker).then(
      (answer) => {
        if (sim.faults.strike('answer-lost', point)) return
        sim.time.after(1, () => {
          if (!open) return
          open = false
          sim.trace.note(taker.name, who, `answers ${what}`)
          answered(answer)
        })
      },
      () => again(AGAIN_AFTER_MS),
    )
  })
  sim.time.effect(PATIENCE_MS, () => again(0))
}

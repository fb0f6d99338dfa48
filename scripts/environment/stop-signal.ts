import { exitCodes } from '@skald/service'
import { say } from './say.ts'

export type StopSignal = {
  /** Aborted at the first wish to stop. */
  readonly signal: AbortSignal
  /** Resolves then. */
  readonly asked: Promise<void>
  readonly request: (code: number) => void
  readonly code: () => number
  readonly dispose: () => void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Turns signals into one wish to stop. A repeated signal changes nothing: every step of the stop has its deadline. */
export function stopSignal(): StopSignal {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const stopping = new AbortController()
  let exitCode: number = exitCodes.ok
  const begin = () => {
    stopping.abort(new Error('stopped while starting'))
    resolve()
  }
  const onSignal = (name: NodeJS.Signals) => {
    if (!stopping.signal.aborted) say('dev', `${name}: stopping everything`, 'note')
    begin()
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    signal: stopping.signal,
    asked,
    request: (code) => {
      exitCode = code
      begin()
    },
    code: () => exitCode,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}

import { exitCodes } from '@skald/service'
import { say } from './say.ts'

export type StopSignal = {
  /** Resolves at the first wish to stop. */
  readonly asked: Promise<'stop'>
  readonly request: (code: number) => void
  readonly code: () => number
  readonly dispose: () => void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Turns signals into one wish to stop. A repeated signal changes nothing: every step of the stop has its deadline. */
export function waitForStop(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<'stop'>()
  let exitCode: number = exitCodes.ok
  let isAsked = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (!isAsked) say('dev', `${signal}: stopping everything`, 'note')
    isAsked = true
    resolve('stop')
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return {
    asked: promise,
    request: (code) => {
      exitCode = code
      isAsked = true
      resolve('stop')
    },
    code: () => exitCode,
    dispose: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal)
    },
  }
}

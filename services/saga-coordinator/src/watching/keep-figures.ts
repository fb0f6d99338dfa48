import type { AppPorts } from '@skald/host'
import { isOutage } from '@skald/service'
import type { Definitions } from '../definitions.ts'
import type { Figures } from '../store/figures.ts'

/** More often than metrics are usually read. */
const EVERY_MS = 5_000
const KINDS = ['needs-person', 'slow', 'stuck'] as const

type Ports = Pick<AppPorts, 'clock' | 'logger' | 'metrics'>

/** Counts what needs somebody, again and again, for the metrics. */
export const keepFigures = (read: () => Promise<Figures>, ports: Ports, { all }: Definitions): (() => void) => {
  const { clock, logger, metrics } = ports
  let stopped = false
  let cancel = (): void => undefined
  const show = ({ sagas, openDeadLetters, wakeLateSeconds }: Figures): void => {
    metrics.sagasOfConcern.reset()
    for (const kind of KINDS) {
      for (const { name: definition } of all) metrics.sagasOfConcern.set({ kind, definition }, 0)
      const own = sagas.filter((figure) => figure.kind === kind)
      for (const { definition, count } of own) metrics.sagasOfConcern.set({ kind, definition }, count)
      const waits = own.map(({ oldest }) => clock.nowMs() - oldest.getTime())
      metrics.oldestConcernSeconds.set({ kind }, Math.max(0, ...waits) / 1_000)
    }
    metrics.openDeadLetters.set(openDeadLetters)
    metrics.wakeLateSeconds.set(wakeLateSeconds)
  }
  const look = async (): Promise<void> => {
    try {
      show(await read())
    } catch (err) {
      logger[isOutage(err) ? 'debug' : 'warn']({ err }, 'what needs somebody could not be counted')
    }
    if (!stopped) cancel = clock.after(EVERY_MS, () => void look())
  }
  void look()
  return () => {
    stopped = true
    cancel()
  }
}

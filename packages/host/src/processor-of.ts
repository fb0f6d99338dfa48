import { codec, contracts } from '@skald/contracts'
import { inbox, type Observer, Processor, REPORT_DEAD_LETTER } from '@skald/messaging'
import { reportDeadLetters } from './report-dead-letter.ts'
import type { App, AppPorts } from './service.ts'

/** What a process does with tasks of its services. */
const TASKS = {
  // Above any transaction and publication, below the patience of whoever waits for the task.
  leaseMs: 5_000,
  // The lateness of a due task on an idle system; each poll is one small query.
  pollMs: 200,
  // The most that a burst of due tasks brings into memory at once.
  limit: 500,
}

/** The processor of a service: the same in its process, and in a simulated one. */
export const processorOf = (name: string, ports: AppPorts, app: App, observer: Observer): Processor =>
  new Processor({
    source: `/${name}`,
    store: ports.store,
    bus: ports.bus,
    codec,
    check: contracts.check,
    handlers: app.handlers,
    lockOrder: app.lockOrder,
    inbox: app.inbox ?? inbox,
    durables: app.durables,
    tasks: { ...TASKS, take: { ...app.tasks, [REPORT_DEAD_LETTER]: reportDeadLetters(name, ports) } },
    clock: ports.clock,
    observer,
  })

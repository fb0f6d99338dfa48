import { rmSync } from 'node:fs'
import { endProcess, findProcesses } from '@skald/servers'
import type { Home } from './home.ts'
import { say } from './say.ts'
import { homeMark } from './service-processes.ts'

/**
 * Ends the services that a killed predecessor left; they hold the ports and would work beside ours. They are known by
 * their command line, never by a number in a file, which may belong to somebody else by now. The servers look for their
 * own leftovers when they start.
 */
export async function endLeftovers(home: Home): Promise<void> {
  const left = findProcesses(homeMark(home))
  for (const { pid } of left) say('dev', `ending process ${pid}, which an earlier start left`, 'note')
  await Promise.all(
    left.map(({ pid }) =>
      endProcess(pid, [
        ['SIGTERM', 10_000],
        ['SIGKILL', 5_000],
      ]),
    ),
  )
  rmSync(home.access, { force: true })
}

import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The folders and files of one installation. */
export type Home = {
  readonly dir: string
  readonly data: string
  readonly bin: string
  readonly lock: string
  readonly access: string
  readonly remembered: string
  readonly pidFile: (name: string) => string
  readonly logFile: (name: string) => string
}

export function homeAt(dir: string): Home {
  return {
    dir,
    data: join(dir, 'data'),
    bin: join(dir, 'bin'),
    lock: join(dir, 'dev.lock'),
    access: join(dir, 'run', 'access.json'),
    remembered: join(dir, 'data', 'embedded.json'),
    pidFile: (name) => join(dir, 'run', `${name}.pid`),
    logFile: (name) => join(dir, 'logs', `${name}.log`),
  }
}

/** Makes the folders. Throws when another user owns them: two users' servers on one store would destroy it. */
export function makeHome(home: Home): void {
  try {
    for (const dir of [home.dir, home.data, join(home.dir, 'run'), join(home.dir, 'logs')]) {
      mkdirSync(dir, { recursive: true })
      accessSync(dir, constants.W_OK)
    }
  } catch (error) {
    const owner = ownerOf(home.dir)
    const whose = owner === undefined ? '' : ` It belongs to user ${owner}.`
    throw new Error(`SKALD_HOME ${home.dir} cannot be written.${whose} Set SKALD_HOME to a folder of your own.`, {
      cause: error,
    })
  }
}

function ownerOf(dir: string): number | undefined {
  return statSync(dir, { throwIfNoEntry: false })?.uid
}

import { randomBytes } from 'node:crypto'
import { freePort, isPortFree, readJson, writePrivateJson } from '@skald/servers'
import { z } from 'zod'
import { say } from './say.ts'

/** What must be the same at the next start: ports that people wrote down, and passwords that data were made with. */
const remembered = z.object({
  ports: z.record(z.string(), z.int().min(1).max(65_535)).default({}),
  passwords: z.record(z.string(), z.string()).default({}),
})

export type Remembered = {
  /** The asked port, else the one of last time, else any free one. Throws when the asked one is taken. */
  readonly port: (name: string, variable: string, asked: number | undefined) => Promise<number>
  readonly password: (name: string) => string
}

export function openRemembered(file: string): Remembered {
  const state = remembered.parse(readJson(file) ?? {})
  const save = () => writePrivateJson(file, state)
  return {
    port: async (name, variable, asked) => {
      const last = asked ?? state.ports[name]
      if (last !== undefined && (await isPortFree(last))) {
        state.ports[name] = last
        save()
        return last
      }
      if (asked !== undefined)
        throw new Error(`port ${asked} (${variable}) is taken by another program; give a free one`)
      const port = await freePort()
      if (last !== undefined) say(name, `port ${last} of last time is taken by another program; using ${port}`, 'note')
      state.ports[name] = port
      save()
      return port
    },
    password: (name) => {
      const known = state.passwords[name]
      if (known !== undefined) return known
      const password = randomBytes(24).toString('hex')
      state.passwords[name] = password
      save()
      return password
    },
  }
}

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kill } from 'node:process'
import { type NatsUser, type RunningNats, startNats } from '@skald/servers'
import { provided } from './provided.ts'

export interface TestNats {
  readonly port: number
  /** The connection URL, as the named user when one is given. Stays the same for the life of this object. */
  url(user?: string): string
  /** Ends the server at once, as a crash would. Nothing answers until `restart`. */
  kill9(): Promise<void>
  /** Starts the server again on the same port and store, stopping it first when it runs. */
  restart(): Promise<void>
  /** Starts it again with an empty store: streams, consumers and messages are gone. */
  wipe(): Promise<void>
  /** Ends the server and removes everything it wrote. */
  close(): Promise<void>
}

/** A nats-server with JetStream for one test file: cheaper than keeping the streams of many files apart on one. */
export const createTestNats = async (users: readonly NatsUser[] = []): Promise<TestNats> => {
  const dir = mkdtempSync(join(tmpdir(), 'skald-test-nats-'))
  const program = provided('skaldNatsProgram')
  const start = (port?: number): Promise<RunningNats> =>
    startNats({
      program,
      dir: join(dir, 'server'),
      logFile: join(dir, 'nats.log'),
      users,
      throwAway: true,
      ...(port === undefined ? {} : { port }),
    })
  let server = await start()
  const { port } = server
  // Not server.stop(): that removes the store of a throw-away server.
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!server.hasEnded()) kill(server.pid, signal)
    await server.ended
  }
  return {
    port,
    url: (user) => server.url(user),
    kill9: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM')
      server = await start(port)
    },
    wipe: async () => {
      await end('SIGKILL')
      rmSync(join(dir, 'server', 'store'), { recursive: true, force: true })
      server = await start(port)
    },
    close: async () => {
      await server.stop()
      if (existsSync(dir)) rmSync(dir, { recursive: true, force: true })
    },
  }
}

import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, isAlive, isPortFree, readJson, until } from '@skald/servers'
import { eventually } from '@skald/testing'
import { connect, type NatsConnection } from 'nats'
import { z } from 'zod'
import { Bystander } from './broker.ts'
import { lastLines, repository, startDev } from './dev-process.ts'
import { type DevRun, planRun } from './dev-run.ts'
import { call } from './http.ts'
import { sumOf } from './metrics.ts'
import { kill9, type Process, pidOf, processes, processesOf, type ServiceProcess, successorOf } from './processes.ts'
import { type BackingServer, Detours } from './proxy/detours.ts'
import type { TcpProxy } from './proxy/tcp-proxy.ts'
import { Shop, type Urls } from './shop.ts'

export interface SystemOptions {
  /** What differs from the defaults: `SAGA_STEP_TIMEOUT_MS` and its like. */
  readonly env?: Readonly<Record<string, string>>
  readonly allInOne?: boolean
  /** With trip-service; see `tripUrl`. */
  readonly examples?: boolean
  /** These services reach NATS and PostgreSQL through proxies; see `proxy`. Not with `allInOne`. */
  readonly through?: readonly ServiceProcess[]
  /** Called with the system's folder before anything starts there; what it gives is called before that is removed. */
  readonly prepare?: (home: string) => Promise<() => Promise<void>>
  /** Aborted while the system starts, it is stopped again and `startSystem` throws. */
  readonly signal?: AbortSignal
}

export interface Report {
  readonly checked: number
  readonly orders: number
  readonly sagas: Readonly<Record<string, number>>
  readonly violations: readonly { readonly invariant: string; readonly detail: string }[]
  readonly waitingForPerson: readonly string[]
}

/** A first start on a loaded machine makes a database cluster. */
const READY_WITHIN_MS = 180_000
/** A server that was killed is there again within this, on a loaded machine, too. */
const BACK_WITHIN_MS = 60_000
/** Longer than a service's own deadline for its graceful stop. */
const STOP_WITHIN_MS = 30_000
const SERVICE_URLS: Readonly<Record<ServiceProcess, keyof Urls>> = {
  'order-service': 'order',
  'payment-service': 'payment',
  'inventory-service': 'inventory',
  'saga-coordinator': 'coordinator',
}
const access = z.object({ natsUrl: z.string(), postgresUrl: z.string() })
const report: z.ZodType<Report> = z.object({
  checked: z.int(),
  orders: z.int(),
  sagas: z.record(z.string(), z.int()),
  violations: z.array(z.object({ invariant: z.string(), detail: z.string() })),
  waitingForPerson: z.array(z.string()),
})

/** The whole system as `./scripts/dev` runs it: real processes, in a folder and on ports of its own. */
export class System extends Shop {
  readonly home: string
  readonly #dev: DevRun
  readonly #detours: Detours
  readonly #release: () => Promise<void>
  #child: Child

  constructor(dev: DevRun, child: Child, detours: Detours, release: () => Promise<void>) {
    super(dev.urls)
    this.#release = release
    this.home = dev.home
    this.#dev = dev
    this.#detours = detours
    this.#child = child
  }

  /** What a service's connections to a server go through, now and after each of its restarts. */
  proxy(service: ServiceProcess, server: BackingServer): TcpProxy {
    return this.#detours.proxy(service, server)
  }

  get tripUrl(): string {
    return this.#dev.tripUrl
  }

  /** What `dev` writes. */
  get logFile(): string {
    return this.#dev.logFile
  }

  pid(name: string): number {
    return pidOf(this.home, name)
  }

  /** Kills a process without warning. `dev` starts it again; see `back`. Gives the number it had. */
  kill9(name: string): Promise<number> {
    return kill9(this.home, name)
  }

  /** Waits until the process that was killed has a successor and every service is ready. */
  async back(name: Process, killedPid: number): Promise<void> {
    await successorOf(this.home, name, killedPid)
    await this.ready()
  }

  /** Freezes a process (SIGSTOP) until the returned function lets it go on. */
  freeze(name: string): () => void {
    const pid = this.pid(name)
    process.kill(pid, 'SIGSTOP')
    return () => {
      // It may have been killed meanwhile.
      if (isAlive(pid)) process.kill(pid, 'SIGCONT')
    }
  }

  /**
   * Ends services as a rollout does and keeps them away until the returned function is called, which waits until they
   * are back. Meanwhile `dev`, which would start them again at once, is frozen.
   */
  async without(...names: readonly ServiceProcess[]): Promise<() => Promise<void>> {
    process.kill(this.#child.pid, 'SIGSTOP')
    const pids = names.map((name) => this.pid(name))
    const back = async (): Promise<void> => {
      process.kill(this.#child.pid, 'SIGCONT')
      await Promise.all(names.map((name, index) => successorOf(this.home, name, pids[index] ?? 0)))
      await this.ready()
    }
    for (const pid of pids) process.kill(pid, 'SIGTERM')
    if (await until(() => !pids.some(isAlive), STOP_WITHIN_MS)) return back
    await back()
    throw new Error(`${names.join(', ')} did not stop within ${STOP_WITHIN_MS} ms\n${this.log()}`)
  }

  /** Kills the broker and destroys everything it has stored. Gives the number of the killed process. */
  async wipeBroker(): Promise<number> {
    // Frozen first: it must neither write to what is deleted nor be started again on what is still there.
    await eventually(() => this.freeze('nats'), { timeoutMs: BACK_WITHIN_MS })
    rmSync(join(this.home, 'data', 'nats', 'store'), { recursive: true, force: true })
    return this.kill9('nats')
  }

  /** Waits until all four services say that they are ready. */
  async ready(): Promise<void> {
    const answers = new Map<string, string>()
    const isReady = async (url: string): Promise<boolean> => {
      const answer = await call(`${url}/readyz`).catch((error: unknown) => ({ status: 0, body: String(error) }))
      answers.set(url, `${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`)
      return answer.status === 200
    }
    const all = async () => (await Promise.all(Object.values(this.urls).map(isReady))).every((ready) => ready)
    if (await until(all, READY_WITHIN_MS)) return
    throw new Error(`not ready: ${JSON.stringify([...answers])}\n${this.log()}`)
  }

  /** The administrator's addresses of the embedded servers. */
  access(): { readonly natsUrl: string; readonly postgresUrl: string } {
    return access.parse(readJson(join(this.home, 'run', 'access.json')))
  }

  /** A connection to the broker that may do everything, made as soon as there is one. The caller closes it. */
  broker(): Promise<NatsConnection> {
    const { host, username, password } = new URL(this.access().natsUrl)
    const user = decodeURIComponent(username)
    const pass = decodeURIComponent(password)
    const options = { servers: host, user, pass, maxReconnectAttempts: -1, reconnectTimeWait: 200, name: 'e2e' }
    return eventually(() => connect(options), { timeoutMs: BACK_WITHIN_MS })
  }

  /** Another program that hears the subjects from now on. The caller closes it. */
  async bystander(...subjects: readonly string[]): Promise<Bystander> {
    const connection = await this.broker()
    const bystander = new Bystander(connection, subjects)
    // The server has taken the subscriptions once it answers this.
    await connection.flush()
    return bystander
  }

  /** The metrics of one service as Prometheus text; empty when it does not answer. */
  async metrics(name: ServiceProcess): Promise<string> {
    const answer = await call(`${this.urls[SERVICE_URLS[name]]}/metrics`).catch(() => undefined)
    return typeof answer?.body === 'string' ? answer.body : ''
  }

  /** A metric of one service, summed over its labels. */
  async metric(name: ServiceProcess, metric: string): Promise<number> {
    return sumOf(await this.metrics(name), metric)
  }

  /** Runs `./scripts/verify` over this system. */
  verify(settleWithinSeconds = 60): Promise<Report> {
    const main = join('scripts', 'verification', 'main.ts')
    const args = ['--conditions=@skald/source', main, '--json', '--settle-within', String(settleWithinSeconds)]
    return new Promise((resolve, reject) => {
      const options = { cwd: repository, env: this.#dev.env, maxBuffer: 64 * 1024 * 1024 }
      // It ends with 1 when it found something, which it has said then.
      execFile(process.execPath, args, options, (error, stdout, stderr) => {
        if (stdout === '') reject(new Error(`verify failed: ${stderr}`, { cause: error }))
        else resolve(report.parse(JSON.parse(stdout)))
      })
    })
  }

  /** What `dev` and a service, when named, wrote last. */
  log(name?: Process): string {
    const own = name === undefined ? '' : `\n${name}:\n${lastLines(join(this.home, 'logs', `${name}.log`))}`
    return `dev:\n${lastLines(this.#dev.logFile)}${own}`
  }

  /** Stops everything as Ctrl-C does, and throws when anything of it is left. The data stay for `start`. */
  async stopKeepingData(): Promise<void> {
    await this.#child.stop()
    const { code, signal } = await this.#child.ended
    if (code !== 0) throw new Error(`dev ended with ${code ?? signal}\n${this.log()}`)
    const left = processesOf(this.home)
    if (left.length > 0) throw new Error(`processes were left:\n${left.join('\n')}\n${this.log()}`)
    for (const port of this.#dev.ports) {
      if (!(await isPortFree(port))) throw new Error(`somebody still listens on port ${port}\n${this.log()}`)
    }
  }

  /** Starts it again in the same folder, after `stopKeepingData` or after `dev` was killed. */
  async start(): Promise<void> {
    this.#child = await startDev(this.#dev)
    await becomeReady(this, this.#child, this.#dev)
  }

  /** Tries to start a second `dev` on the same folder, which must refuse. Gives what it wrote. */
  async startTwice(): Promise<string> {
    const logFile = join(this.home, 'second.log')
    const second = await startDev({ ...this.#dev, logFile })
    const { code } = await second.ended
    if (code === 0) throw new Error('a second dev on the same folder ended as if all were well')
    return lastLines(logFile)
  }

  /** Kills `dev` itself without warning; what it ran goes on running. */
  async kill9Dev(): Promise<void> {
    process.kill(this.#child.pid, 'SIGKILL')
    await this.#child.ended
  }

  /** Kills `dev` and everything it runs, as a power cut does. `start` brings it back. */
  async kill9Everything(): Promise<void> {
    await this.kill9Dev()
    await Promise.all(processes.map((name) => this.kill9(name)))
  }

  /** Stops everything and removes its folder. */
  async stop(): Promise<void> {
    try {
      await this.stopKeepingData()
    } finally {
      await this.#release()
      rmSync(this.home, { recursive: true, force: true })
    }
  }
}

/** Starts a system and waits until it is ready. */
export const startSystem = async (options: SystemOptions = {}): Promise<System> => {
  const { env = {}, through = [], prepare, signal } = options
  const plan = await planRun(env, options)
  const detours = await Detours.open(through, plan.serverPorts)
  const undo = await prepare?.(plan.home)
  const release = async (): Promise<void> => {
    await detours.close()
    await undo?.()
  }
  const run = { ...plan, env: { ...plan.env, ...detours.envOver(plan.env) } }
  const child = await startDev(run)
  const system = new System(run, child, detours, release)
  try {
    await becomeReady(system, child, run, signal)
  } catch (error) {
    await child.stop()
    await release()
    rmSync(run.home, { recursive: true, force: true })
    throw error
  }
  return system
}

/** `dev` says when it is ready, which is after it has filled the catalogue. */
const becomeReady = async (system: System, child: Child, { logFile }: DevRun, signal?: AbortSignal): Promise<void> => {
  const starts = (): number => lastLines(logFile, 10_000).split('ready after ').length - 1
  const before = starts()
  const isSettled = () => child.hasEnded() || starts() > before || signal?.aborted === true
  const isReady = await until(isSettled, READY_WITHIN_MS)
  signal?.throwIfAborted()
  if (isReady && !child.hasEnded()) return
  throw new Error(`the system did not start:\n${system.log()}`)
}

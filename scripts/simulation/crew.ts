import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Coverage } from './coverage.ts'
import { runSchedule, type Schedule } from './schedule.ts'

/** Few enough that progress shows, many enough that handing them over costs nothing. */
const SCHEDULES_A_CHUNK = 50
/** Chunks asked for ahead of the one that is waited for, a worker: none stands still because another is slow. */
const AHEAD = 2

/** Schedules that follow each other, asked of one worker. */
export interface Chunk {
  readonly first: number
  readonly count: number
  readonly replicas: number
  readonly covers: boolean
}

const WORKER = new URL('worker.ts', import.meta.url)
const execArgv = ['--conditions=@skald/source']

export interface Ran {
  readonly schedules: readonly Schedule[]
  /** What was reached, and how often. */
  readonly cells: ReadonlyMap<string, number>
}

export interface CrewOptions {
  readonly seed: number
  readonly schedules: number
  readonly replicas: number
  readonly covers: boolean
  readonly workers: number
}

export const runChunk = async ({ first, count, replicas, covers }: Chunk): Promise<Ran> => {
  const coverage = covers ? new Coverage() : undefined
  const schedules: Schedule[] = []
  for (let seed = first; seed < first + count; seed++) {
    schedules.push(await runSchedule({ seed, replicas, coverage }))
  }
  return { schedules, cells: coverage?.cells ?? new Map() }
}

/** Runs schedules in this thread, or in so many others, and gives them in the order of their seeds all the same. */
export async function* schedulesOf({ seed, schedules, replicas, covers, workers }: CrewOptions): AsyncGenerator<Ran> {
  const crew = Array.from({ length: workers > 1 ? workers : 0 }, () => new Worker(WORKER, { execArgv }))
  const free = crew.map(() => Promise.resolve() as Promise<unknown>)
  const ask = (place: number): Promise<Ran> => {
    const before = place * SCHEDULES_A_CHUNK
    const count = Math.min(SCHEDULES_A_CHUNK, schedules - before)
    const chunk: Chunk = { first: seed + before, count, replicas, covers }
    const worker = crew[place % crew.length]
    if (!worker) return runChunk(chunk)
    const ran = (free[place % crew.length] ?? Promise.resolve()).then(() => ranBy(worker, chunk))
    free[place % crew.length] = ran
    return ran
  }
  try {
    const asked: Promise<Ran>[] = []
    const chunks = Math.ceil(schedules / SCHEDULES_A_CHUNK)
    for (let place = 0; place < chunks; place++) {
      asked.push(ask(place))
      if (asked.length > crew.length * AHEAD) yield (await asked.shift()) as Ran
    }
    for (const ran of asked) yield await ran
  } finally {
    await Promise.all(crew.map((worker) => worker.terminate()))
  }
}

const ranBy = async (worker: Worker, chunk: Chunk): Promise<Ran> => {
  worker.postMessage(chunk)
  const [ran] = (await once(worker, 'message')) as [Ran]
  return ran
}

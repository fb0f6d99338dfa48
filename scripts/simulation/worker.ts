import { on } from 'node:events'
import { parentPort } from 'node:worker_threads'
import { type Chunk, runChunk } from './crew.ts'

/* Runs schedules in a thread of its own, chunk by chunk, as `crew.ts` asks. */

Error.stackTraceLimit = 0
if (!parentPort) throw new Error('worker.ts runs as a thread of ./scripts/simulate --workers')
for await (const [chunk] of on(parentPort, 'message')) parentPort.postMessage(await runChunk(chunk as Chunk))

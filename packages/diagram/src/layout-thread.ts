import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import elkApi, { type ElkNode } from 'elkjs/lib/elk-api.js'

/*
 * The layout is a megabyte and a half of program that computes for a tenth of a second up to seconds. It runs in a
 * thread of its own, which ends with it: the process that asks goes on answering, its memory is given back, and a
 * chart that would be laid out for ever is given up.
 */

/** No chart that a person can read takes a tenth of this, on a machine that is not overloaded. */
const MAX_LAYOUT_MS = 30_000

/** The layout's program is written for a browser's worker: it speaks through `self`. */
const asBrowserWorker = `
const { parentPort, workerData } = require('node:worker_threads')
globalThis.self = { postMessage: (message) => parentPort.postMessage(message) }
require(workerData)
parentPort.on('message', (data) => self.onmessage({ data }))
`

/** @throws what the layout throws, or an Error when it takes too long or its thread fails. */
export const layOutInThread = async (root: ElkNode): Promise<ElkNode> => {
  const program = createRequire(import.meta.url).resolve('elkjs/lib/elk-worker.min.js')
  const thread = new Worker(asBrowserWorker, { eval: true, workerData: program })
  const channel = channelTo(thread)
  let timer: NodeJS.Timeout | undefined
  const failed = new Promise<never>((_, reject) => {
    thread.once('error', reject)
    timer = setTimeout(() => reject(new Error(`the layout took longer than ${MAX_LAYOUT_MS} ms`)), MAX_LAYOUT_MS)
  })
  try {
    const elk = new elkApi.default({ algorithms: ['layered'], workerFactory: () => channel })
    return await Promise.race([elk.layout(root), failed])
  } finally {
    clearTimeout(timer)
    await thread.terminate()
  }
}

interface Channel {
  onmessage: (event: { readonly data: unknown }) => void
  postMessage(message: unknown): void
  terminate(): void
}

const channelTo = (thread: Worker): Channel => {
  const channel: Channel = {
    onmessage: () => undefined,
    postMessage: (message) => thread.postMessage(message),
    terminate: () => undefined,
  }
  thread.on('message', (data: unknown) => channel.onmessage({ data }))
  return channel
}

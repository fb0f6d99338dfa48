import { type Beside, ratioTo, withBarePost } from '../beside-floors.ts'
import type { BarePostResult } from '../floors/floors.ts'
import { startPostLoop } from '../post-loop.ts'
import { pause, say } from '../progress.ts'
import { quantilesOf } from '../quantiles.ts'
import { heading, table } from '../table.ts'
import { type Usage, watchUsage } from '../usage.ts'
import { usageTables } from '../usage-tables.ts'
import { ownSystem, type Scenario } from './scenario.ts'

const SOCKETS = 64

interface PostFigures {
  readonly postsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failedPosts: number
  /** Each order accepted counts as a saga. */
  readonly usage: Usage
}

/** POST /orders alone: nobody does anything about the orders, as the coordinator and the participants are away. */
export const post: Scenario = async (bench, options) => {
  const system = ownSystem(bench)
  const measure = async (): Promise<PostFigures> => {
    say('stopping the coordinator and the participants')
    await system.without('saga-coordinator', 'payment-service', 'inventory-service')
    const loop = startPostLoop(bench.system.urls.order, SOCKETS, bench.skus)
    bench.onClose(loop.stop)
    try {
      say(`POST alone: warming up for ${options.warmUpMs / 1_000} s, then measuring for ${options.measureMs / 1_000} s`)
      await pause(options.warmUpMs)
      const endWatch = await watchUsage(bench, loop.accepted)
      const timesMs: number[] = []
      const [acceptedBefore, failedBefore, beganMs] = [loop.accepted(), loop.failed(), performance.now()]
      loop.note(timesMs)
      await pause(options.measureMs)
      loop.note(undefined)
      const perMs = (loop.accepted() - acceptedBefore) / (performance.now() - beganMs)
      const usage = await endWatch()
      const postsPerSecond = Math.round(perMs * 1_000)
      say(`POST alone: ${postsPerSecond} POSTs/s`)
      return { postsPerSecond, ...quantilesOf(timesMs), failedPosts: loop.failed() - failedBefore, usage }
    } finally {
      loop.stop()
    }
  }
  const { result, bare } = await withBarePost(bench, options, SOCKETS, measure)
  const ratio = ratioTo(result.postsPerSecond, bare.before.postsPerSecond, bare.after.postsPerSecond)
  return { figures: { post: result, bare, ratio }, tables: tablesOf(result, bare, ratio), broken: [] }
}

const tablesOf = (post: PostFigures, { before, after }: Beside<BarePostResult>, ratio: number): string =>
  [
    table([
      [`POST, ${SOCKETS} sockets`, 'POSTs/s', 'p50 ms', 'p99 ms', 'failed'],
      ['bare server, before', before.postsPerSecond, before.p50Ms, before.p99Ms, 0],
      ['POST /orders alone', post.postsPerSecond, post.p50Ms, post.p99Ms, post.failedPosts],
      ['bare server, after', after.postsPerSecond, after.p50Ms, after.p99Ms, 0],
    ]),
    '',
    usageTables([['POST /orders alone', post.usage]], 'order'),
    heading(
      `POST /orders alone does ${(ratio * 100).toFixed(0)} % of what the bare server does (mean of before and after)`,
    ),
  ].join('\n')

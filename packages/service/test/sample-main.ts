/** A process as ours are, for the tests of its life. What it does is chosen by its arguments. */
import { setTimeout as wait } from 'node:timers/promises'
import { commonConfig, runMain } from '../src/index.ts'

const [deed = 'run'] = process.argv.slice(2)

await runMain({
  service: 'sample-service',
  config: [commonConfig],
  stopDeadlineMs: 500,
  start: async ({ logger, onStop, health }) => {
    // Keeps the process alive as a server would.
    const open = setInterval(() => {}, 1_000)
    onStop('database', () => {
      clearInterval(open)
      logger.info({ step: 'database' }, 'stopped')
    })
    onStop('consumer', async () => {
      await wait(10)
      logger.info({ step: 'consumer' }, 'stopped')
      if (deed === 'failing-stop') throw new Error('the broker is gone')
    })
    onStop('http', async () => {
      const { ok } = await health.ready()
      logger.info({ step: 'http', isReady: ok }, 'stopped')
      if (deed === 'hanging-stop') await new Promise(() => {})
    })
    if (deed === 'failing-start') throw new Error('cannot reach postgresql://u:hunter2@h/x')
    if (deed === 'rejection') void Promise.reject(new Error('nobody caught this promise'))
    if (deed === 'exception') setImmediate(() => Reflect.apply(JSON.parse, undefined, ['{']))
  },
})

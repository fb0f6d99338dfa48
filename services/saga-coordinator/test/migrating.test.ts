import { tasks } from '@skald/messaging'
import { silentLogger } from '@skald/service'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Definitions } from '../src/definitions.ts'
import { migrationTasks } from '../src/migration/running.ts'
import { migrateTask, startMigration } from '../src/migration/start.ts'
import { orderSaga } from '../src/sagas/order.saga.ts'
import { orderSagaV2 } from '../src/sagas/order-v2.saga.ts'
import type { MigrationReading } from '../src/store/migration-reading.ts'
import { migrations } from '../src/store/migration-table.ts'
import { coordinating, created, NUDGE_MS, reserved, STEP_MS } from './coordinating.ts'

const options = { stepTimeoutMs: STEP_MS, undoAttempts: 3, undoBackoffMs: 1_000 }
const STATES = { takingPayment: 'takingPayment' }
const ID = '01a20000-0000-7000-8000-000000000001'

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating({ definitions: [orderSaga(options)] })
})
afterEach(() => c.processor.stop(0))

/** What somebody does between the look at a page and its transaction. */
let meanwhile: () => Promise<unknown> = async () => undefined

/** One look and one step of the migration; a page is one saga. */
const takeStep = async (): Promise<void> => {
  const reading: MigrationReading = {
    page: async (_definition, version, after) => {
      const row = c.saga()
      const page = row && row.version === version && row.saga_id > after ? [{ row, steps: c.steps() }] : []
      await meanwhile()
      meanwhile = async () => undefined
      return page
    },
    find: async () => c.store.all(migrations)[0],
  }
  const definitions = new Definitions([orderSaga(options), orderSagaV2(options)])
  let done: Promise<unknown> = Promise.resolve()
  const submit: typeof c.ports.submit = (handler, message) => {
    const submitted = c.ports.submit(handler, message)
    done = submitted
    return submitted
  }
  const [task] = c.store.all(tasks).filter(({ kind }) => kind === 'migrate')
  if (!task) throw new Error('the migration has no task')
  const before = c.store.all(migrations)[0]
  migrationTasks({ submit, logger: silentLogger }, { ...c.coordination, definitions }, reading)(task)
  await expect.poll(() => c.store.all(migrations)[0]).not.toEqual(before)
  await done
}

const begin = async (): Promise<void> => {
  const data = { definition: 'order', from: 1, to: 2, states: STATES, actor: 'ada', reason: 'why' }
  const about = { id: ID, type: startMigration.type, source: '/s', subject: 'order', time: '', correlationId: ID }
  await c.ports.submit(startMigration, { ...about, data })
  expect(c.store.all(tasks).map(({ id }) => id)).toContain(migrateTask(ID, 0).id)
}

describe('a migration', () => {
  it('leaves a saga that went on since it was read for the next round, in which it is moved from where it is', async () => {
    await c.tell(created)
    await begin()
    meanwhile = () => c.tell(reserved)
    await takeStep()
    expect(c.saga()).toMatchObject({ version: 1, revision: 2, state: { value: 'takingPayment' } })
    expect(c.store.all(migrations)).toMatchObject([{ status: 'RUNNING', migrated: 0 }])
    await takeStep()
    await takeStep()
    expect(c.saga()).toMatchObject({ version: 2, revision: 3, state: { value: 'takingPayment' } })
    await takeStep()
    await takeStep()
    expect(c.store.all(migrations)).toMatchObject([{ status: 'COMPLETED', migrated: 1, refused: 0 }])
    expect(c.store.all(tasks).filter(({ kind }) => kind === 'migrate')).toEqual([])
  })

  it('keeps what was asked, its times, and the wake', async () => {
    await c.tell(created)
    const before = c.saga()
    c.pass(NUDGE_MS - 1_000)
    await begin()
    await takeStep()
    const { asked, timers, wake_at, version } = c.saga() ?? {}
    expect({ asked, timers, wake_at }).toEqual({
      asked: before?.asked,
      timers: before?.timers,
      wake_at: before?.wake_at,
    })
    expect(version).toBe(2)
  })

  it('leaves a timer where an operator moved it, and one that was cancelled stays so', async () => {
    await c.tell(created)
    await begin()
    const choice = { sagaId: 's1', name: 'stockDeadline', arm: 1 }
    meanwhile = () => c.setTimers({ action: 'move-timer', choice, change: { kind: 'by', byMs: STEP_MS } })
    await takeStep()
    expect(c.saga()).toMatchObject({ version: 1, revision: 2 })
    const moved = c.saga()?.timers
    await c.setTimers({ action: 'cancel-timer', choice, change: { kind: 'cancel' } }, 'cancelled')
    await takeStep()
    await takeStep()
    expect(c.saga()).toMatchObject({ version: 2, timers: [] })
    expect(moved).toMatchObject([{ dueAtMs: c.nowMs() + 2 * STEP_MS }])
  })

  it('moves a paused saga, and leaves it paused for as long as it is', async () => {
    await c.tell(created)
    await c.operate('pause')
    const before = c.saga()
    c.pass(10_000)
    await begin()
    await takeStep()
    expect(c.saga()).toMatchObject({ version: 2, status: 'PAUSED', updated_at: before?.updated_at, wake_at: null })
    expect(c.wakeTask()).toBeUndefined()
  })

  it('leaves what nobody foresaw on its version, where it goes on, and says how many', async () => {
    await c.tell(created)
    await c.tell(reserved)
    await begin()
    await c.operate('cancel')
    const before = c.saga()
    await takeStep()
    await takeStep()
    expect(c.saga()).toEqual(before)
    expect(before).toMatchObject({ version: 1, state: { value: { refunding: 'asking' } } })
    expect(c.store.all(migrations)).toMatchObject([{ status: 'COMPLETED', migrated: 0, refused: 1 }])
  })
})

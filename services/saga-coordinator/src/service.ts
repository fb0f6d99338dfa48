import { openSagaClient } from '@skald/database/saga'
import { asker, defineService } from '@skald/host'
import { newId } from '@skald/messaging'
import { alertConfig, operatorConfig, sagaConfig, serviceConfig, topologyConfig } from '@skald/service'
import { coordinatorApp, patienceOf, watchedWith } from './app.ts'
import { weigh } from './bulk/weigh.ts'
import { Definitions } from './definitions.ts'
import { foreseeLetter } from './letters/foresee.ts'
import { operateLetter } from './letters/operate.ts'
import { foresee } from './operator/foresee.ts'
import { operate } from './operator/operate.ts'
import { startSaga } from './operator/start-saga.ts'
import { Pauses } from './pauses/pauses.ts'
import { atRoute } from './routes/at.ts'
import { auditRoutes } from './routes/audit.ts'
import { bulkActionRoutes } from './routes/bulk-actions.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { definitionRoutes } from './routes/definitions.ts'
import { diagramRoutes } from './routes/diagram.ts'
import { letterActionRoutes } from './routes/letter-actions.ts'
import { migrationRoutes } from './routes/migrations.ts'
import { operatorRoutes } from './routes/operator.ts'
import { pauseRoutes } from './routes/pauses.ts'
import { sagaRoutes } from './routes/sagas.ts'
import { startRoute } from './routes/start-saga.ts'
import { timerActionRoutes } from './routes/timer-actions.ts'
import { timerRoutes } from './routes/timers.ts'
import { whyRoute } from './routes/why.ts'
import { allDefinitions, definitionsFor } from './sagas/all.ts'
import { sagaArchive } from './store/archive.ts'
import { bulkReading } from './store/bulk-reading.ts'
import { readFigures } from './store/figures.ts'
import { wakeHeldBack } from './store/held-back.ts'
import { lostWakes } from './store/lost-wakes.ts'
import { migrationReading } from './store/migration-reading.ts'
import { sagaReading } from './store/reading.ts'
import { timerReading } from './store/timer-reading.ts'
import { foreseeTimers } from './timers/foresee-timers.ts'
import { setTimers } from './timers/set-timers.ts'
import { knownLevels } from './watching/known-levels.ts'

export const sagaCoordinator = defineService({
  name: 'saga-coordinator',
  config: [
    ...serviceConfig('saga-coordinator'),
    sagaConfig,
    alertConfig,
    operatorConfig,
    topologyConfig,
    knownLevels((config) => new Definitions(allDefinitions(config))),
  ],
  keepsTopology: true,
  watches: ({ participants }) => watchedWith(participants),
  build(platform, config) {
    const definitions = new Definitions(definitionsFor(config))
    const client = openSagaClient(platform.pool)
    const reading = sagaReading(client, platform.pool, definitions.names)
    sagaRoutes(platform.http, reading, definitions)
    const nowMs = () => platform.store.nowMs()
    const patience = patienceOf(config)
    const coordination = { definitions, patience, pauses: new Pauses(platform.clock) }
    atRoute(platform.http, { reading, definitions, patience })
    whyRoute(platform.http, { reading, definitions, nowMs, stuckAfterMs: config.stuckAfterMs })
    const ask = asker(platform, '/saga-coordinator')
    const hasStream = (subject: string): boolean => platform.bus.takes(subject)
    const { operatorToken } = config
    operatorRoutes(platform.http, {
      ask,
      operate: operate(coordination),
      foresee: foresee(coordination),
      reading,
      operatorToken,
    })
    letterActionRoutes(platform.http, {
      ask,
      operate: operateLetter(hasStream),
      foresee: foreseeLetter(definitions, hasStream),
      operatorToken,
    })
    bulkActionRoutes(platform.http, {
      ask,
      weigh: weigh(coordination),
      reading: bulkReading(client, platform.pool),
      operatorToken,
    })
    startRoute(platform.http, {
      ask,
      newId: () => newId(platform.clock.nowMs(), platform.random()),
      start: startSaga(coordination),
      definitions,
      operatorToken,
    })
    pauseRoutes(platform.http, {
      ask,
      definitions,
      pauses: coordination.pauses,
      wakeHeldBack: () => wakeHeldBack(platform.pool),
      clock: platform.clock,
      operatorToken,
    })
    const versions = migrationReading(client)
    migrationRoutes(platform.http, { ask, definitions, reading: versions, clock: platform.clock, operatorToken })
    const timers = timerReading(platform.pool)
    timerRoutes(platform.http, { reading: timers, definitions, nowMs })
    timerActionRoutes(platform.http, {
      ask,
      set: setTimers(coordination),
      foresee: foreseeTimers(coordination),
      reading,
      timers,
      nowMs,
      operatorToken,
    })
    auditRoutes(platform.http, client)
    deadLetterRoutes(platform.http, client)
    definitionRoutes(platform.http, reading, definitions, coordination.pauses)
    diagramRoutes(platform.http, reading, definitions)
    const archive = sagaArchive(platform.pool, (err, month) =>
      platform.logger.warn({ err, month }, 'a month of the archive could not be made or dropped'),
    )
    const background = {
      archive,
      lostWakes: lostWakes(platform.pool),
      figures: () => readFigures(platform.pool),
      versions,
    }
    return coordinatorApp(platform, coordination, config, background)
  },
})

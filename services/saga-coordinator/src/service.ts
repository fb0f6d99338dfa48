import { openSagaClient } from '@skald/database/saga'
import { asker, defineService } from '@skald/host'
import { alertConfig, operatorConfig, type SagaConfig, sagaConfig, serviceConfig, topologyConfig } from '@skald/service'
import { coordinatorApp, patienceOf, REPLIES } from './app.ts'
import { Definitions } from './definitions.ts'
import { operate } from './operator/operate.ts'
import { Pauses } from './pauses/pauses.ts'
import { auditRoutes } from './routes/audit.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { definitionRoutes } from './routes/definitions.ts'
import { diagramRoutes } from './routes/diagram.ts'
import { operatorRoutes } from './routes/operator.ts'
import { sagaRoutes } from './routes/sagas.ts'
import { whyRoute } from './routes/why.ts'
import { orderSaga } from './sagas/order.saga.ts'
import { STARTS } from './starts-gate.ts'
import { sagaArchive } from './store/archive.ts'
import { readFigures } from './store/figures.ts'
import { lostWakes } from './store/lost-wakes.ts'
import { sagaReading } from './store/reading.ts'
import { knownLevels } from './watching/known-levels.ts'

const PARTICIPANTS = ['order-service-commands', 'payment-service-commands', 'inventory-service-commands']

const definitionsOf = (config: SagaConfig): Definitions => new Definitions([orderSaga(config)])

export const sagaCoordinator = defineService({
  name: 'saga-coordinator',
  config: [
    ...serviceConfig('saga-coordinator'),
    sagaConfig,
    alertConfig,
    operatorConfig,
    topologyConfig,
    knownLevels(definitionsOf),
  ],
  keepsTopology: true,
  watches: { streams: ['EVENTS', 'COMMANDS'], durables: [...REPLIES, STARTS, ...PARTICIPANTS] },
  build(platform, config) {
    const definitions = definitionsOf(config)
    const pauses = new Pauses(platform.clock)
    const client = openSagaClient(platform.pool)
    const reading = sagaReading(client, platform.pool, [...new Set(definitions.all.map(({ name }) => name))])
    sagaRoutes(platform.http, reading, definitions)
    const nowMs = () => platform.store.nowMs()
    whyRoute(platform.http, { reading, definitions, nowMs, stuckAfterMs: config.stuckAfterMs })
    operatorRoutes(platform.http, {
      ask: asker(platform, '/saga-coordinator'),
      operate: operate(definitions, patienceOf(config), pauses),
      reading,
      operatorToken: config.operatorToken,
    })
    auditRoutes(platform.http, client)
    deadLetterRoutes(platform.http, client)
    definitionRoutes(platform.http, reading, definitions)
    diagramRoutes(platform.http, reading, definitions)
    const archive = sagaArchive(platform.pool, (err, month) =>
      platform.logger.warn({ err, month }, 'a month of the archive could not be made or dropped'),
    )
    const background = {
      archive,
      lostWakes: lostWakes(platform.pool),
      figures: () => readFigures(platform.pool),
    }
    return coordinatorApp(platform, definitions, config, background, pauses)
  },
})

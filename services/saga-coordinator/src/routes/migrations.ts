import { id } from '@skald/contracts'
import type { Ask } from '@skald/host'
import type { Clock } from '@skald/messaging'
import { type Definition, mappingFaults } from '@skald/saga'
import { type Http, operatorGuard, Problem } from '@skald/service'
import { z } from 'zod'
import type { Definitions } from '../definitions.ts'
import { type StartMigrationReply, startMigration } from '../migration/start.ts'
import { type Group, type Survey, survey } from '../migration/survey.ts'
import type { MigrationReading } from '../store/migration-reading.ts'
import type { MigrationRow } from '../store/migration-table.ts'
import { actingSchema, keyReused, repeatableOf } from './acting.ts'

export interface MigrationRoutes {
  readonly ask: Ask
  readonly definitions: Definitions
  readonly reading: MigrationReading
  readonly clock: Pick<Clock, 'nowMs'>
  readonly operatorToken: string | undefined
}

const path = z.string().min(1).max(255)
const fields = {
  definition: id,
  from: z.int().min(1).describe('The version that the sagas run'),
  to: z.int().min(1).describe('The version that they are to run'),
  states: z
    .record(path, path)
    .default({})
    .describe('Where sagas go on whose history would have gone another way: from the path of a state to a path'),
}
const params = z.strictObject({ migrationId: z.string().min(1).max(64) })

const iso = (ms: number): string => new Date(ms).toISOString()

const view = (row: MigrationRow) => ({
  migrationId: row.migration_id,
  definition: row.definition,
  from: row.from_version,
  to: row.to_version,
  states: row.states,
  actor: row.actor,
  reason: row.reason,
  status: row.status,
  migrated: row.migrated,
  refused: row.refused,
  startedAt: iso(row.started_at),
  updatedAt: iso(row.updated_at),
  ...(row.ended_at !== null && { endedAt: iso(row.ended_at) }),
})

export const migrationRoutes = (
  http: Http,
  { ask, definitions, reading, clock, operatorToken }: MigrationRoutes,
): void => {
  const schema = {
    ...actingSchema(fields, 'definition-not-found', 'migration-refused'),
    summary: 'Moves the live sagas of one version of a definition to another; dryRun=true looks at all of them first',
  }
  http.post(
    '/migrations',
    { onRequest: operatorGuard(operatorToken), schema },
    async ({ query, headers, body }, answer) => {
      const { definition, from, to, states, reason, actor } = body
      const move = { from: found(definitions, definition, from), to: found(definitions, definition, to), states }
      const faults = from === to ? ['from and to are the same version'] : mappingFaults(move.from, move.to, states)
      if (faults.length > 0) throw new Problem('migration-refused', { detail: `${faults.join('; ')}.` })
      const beganMs = clock.nowMs()
      const seen = await survey(reading, move)
      const tookMs = Math.round(clock.nowMs() - beganMs)
      if (query.dryRun === 'true')
        return answer.code(200).send({ definition, from, to, states, dryRun: true, ...seen, tookMs })
      refuseFaulty(seen)
      const what = [definition, `${from}`, `${to}`, JSON.stringify(states), reason, actor]
      const repeatable = repeatableOf(headers['idempotency-key'], what)
      const asked = { definition, from, to, states, reason, actor, repeatable }
      const migration = started(await ask(startMigration, asked, { subject: definition }))
      return answer.header('location', `/migrations/${migration.migration_id}`).code(202).send(view(migration))
    },
  )

  http.get(
    '/migrations/:migrationId',
    { schema: { summary: 'How far a migration is', params } },
    async ({ params }) => {
      const row = await reading.find(params.migrationId)
      if (!row) throw new Problem('migration-not-found', { detail: `No migration ${params.migrationId} was started.` })
      return view(row)
    },
  )
}

const found = (definitions: Definitions, name: string, version: number): Definition => {
  const definition = definitions.get(name, version)
  if (definition) return definition
  const known = definitions.versions(name).map((each) => each.version)
  const versions = known.length === 0 ? 'GET /definitions lists what there is' : `versions: ${known.join(', ')}`
  throw new Problem('definition-not-found', {
    detail: `This coordinator does not run ${name} version ${version}; ${versions}.`,
  })
}

/** What nobody reviewed is not moved: sagas that would stay behind are named before anything is done. */
const refuseFaulty = ({ needsMapping, impossible }: Survey): void => {
  const groups = [...needsMapping, ...impossible]
  if (groups.length === 0) return
  throw new Problem('migration-refused', { detail: groups.map(textOf).join(' ') })
}

const textOf = ({ what, count, sagaIds }: Group): string =>
  `${count} ${count === 1 ? 'saga' : 'sagas'} (${sagaIds.join(', ')}${count > sagaIds.length ? ', ...' : ''}): ${what}`

const started = (reply: StartMigrationReply): MigrationRow => {
  if (reply.kind === 'key-reused') throw keyReused()
  return reply.migration
}

import { id } from '@skald/contracts'
import { describe } from '@skald/saga'
import { type Http, Problem } from '@skald/service'
import { z } from 'zod'
import type { Definitions } from '../definitions.ts'
import type { Pauses } from '../pauses/pauses.ts'
import type { SagaReading } from '../store/reading.ts'
import { pauseView } from './pauses.ts'

export const definitionRoutes = (http: Http, reading: SagaReading, definitions: Definitions, pauses: Pauses): void => {
  const views = async () => {
    const live = await reading.live()
    const liveOf = (name: string, version: number): number =>
      live.find((row) => row.definition === name && row.version === version)?.count ?? 0
    return definitions.names.map((name) => ({
      name,
      paused: pauses.known.filter(({ definition }) => definition === name).map(pauseView),
      versions: definitions
        .versions(name)
        .map((definition) => ({ ...describe(definition), liveSagas: liveOf(name, definition.version) })),
    }))
  }

  http.get('/definitions', { schema: { summary: 'The sagas that this coordinator can run' } }, async () => ({
    items: await views(),
  }))

  http.get(
    '/definitions/:name',
    { schema: { summary: 'One saga: its versions and charts', params: z.strictObject({ name: id }) } },
    async ({ params: { name } }) => {
      const found = (await views()).find((view) => view.name === name)
      if (!found)
        throw new Problem('definition-not-found', {
          detail: `No definition is called ${name}; GET /definitions lists them.`,
        })
      return found
    },
  )
}

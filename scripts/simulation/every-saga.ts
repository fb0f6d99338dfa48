import {
  archivedSagas,
  type HistoryRow,
  history,
  historyOfArchived,
  type SagaRow,
  sagaOfArchived,
  sagas,
} from '@skald/saga-coordinator'
import type { World } from './world.ts'

/** Sagas and their histories, wherever they are: where they run, or in the archive. */
export const everySaga = ({ databases: { saga } }: World): readonly SagaRow[] => [
  ...saga.memory.all(sagas),
  ...saga.memory.all(archivedSagas).map(sagaOfArchived),
]

export const everyStep = ({ databases: { saga } }: World): readonly HistoryRow[] => [
  ...saga.memory.all(history),
  ...saga.memory.all(archivedSagas).flatMap(historyOfArchived),
]

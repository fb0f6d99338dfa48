export { type Background, type CoordinatorOptions, coordinatorApp, patienceOf, watchedWith } from './app.ts'
export { coordinate, LOCK_ORDER } from './coordinate.ts'
export type { Coordination } from './coordination.ts'
export { Definitions } from './definitions.ts'
export { type OperateLetter, type OperateLetterReply, operateLetter } from './letters/operate.ts'
export { type Operate, type OperateReply, operate } from './operator/operate.ts'
export { type MarkRestore, markRestore, type RecordRestore, recordRestore } from './operator/record-restore.ts'
export { type StartReply, type StartSaga, startSaga } from './operator/start-saga.ts'
export { HOLDS_AFTER_MS, Pauses } from './pauses/pauses.ts'
export { type SetPause, type SetPauseReply, setPause } from './pauses/set-pause.ts'
export { allDefinitions, definitionsFor } from './sagas/all.ts'
export { orderSaga } from './sagas/order.saga.ts'
export type { OrderSagaOptions } from './sagas/order-steps.ts'
export { sagaCoordinator } from './service.ts'
export { type Archive, sagaArchive, type Walked, type WalkPosition } from './store/archive.ts'
export {
  type ArchivedSaga,
  type ArchivedStep,
  archivedSagas,
  historyOfArchived,
  sagaOfArchived,
} from './store/archive-table.ts'
export {
  ACTIONS,
  type Action,
  type AuditEntry,
  type AuditHead,
  auditEntries,
  auditFaults,
  auditHead,
  LETTER_ACTIONS,
  type LetterAction,
  type PauseVerb,
  type RestoreStanding,
  TIMER_ACTIONS,
  type TimersStanding,
} from './store/audit-tables.ts'
export { type ConcernRow, concerns } from './store/concern-tables.ts'
export { type ReportedDeadLetter, reportedDeadLetters } from './store/dead-letter-table.ts'
export { NOTHING_PAUSED, stepPauses } from './store/pause-table.ts'
export {
  type DetourRow,
  detours,
  type HistoryRow,
  history,
  historyInbox,
  type SagaRow,
  type SagaStatus,
  sagas,
  subjects,
} from './store/saga-tables.ts'
export type { ChangedTimer, TimersAsked } from './timers/change.ts'
export { type SetTimers, type SetTimersReply, setTimers } from './timers/set-timers.ts'
export { waitingFor } from './waiting-for.ts'

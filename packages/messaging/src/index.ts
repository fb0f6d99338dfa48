export type {
  Bus,
  ConsumeOptions,
  Delivery,
  DurableProgress,
  Progress,
  PubAck,
  Publication,
  StreamProgress,
  Subscription,
} from './bus.ts'
export type { Clock } from './clock.ts'
export { type DeadLetter, deadLetters, REPORT_DEAD_LETTER } from './dead-letters.ts'
export { type Envelope, envelop, publicationOf } from './envelope.ts'
export {
  type Answer,
  type Decision,
  type Handler,
  handle,
  type Preparation,
  type Refusal,
  type Repeat,
  type Turn,
} from './handle.ts'
export { dayOf, derivedId, digestOf, newId, sealOf, timeOf } from './ids.ts'
export { type Handled, type Inbox, type InboxRow, inbox, inboxTable } from './inbox.ts'
export type { Check } from './intake.ts'
export type { Codec, Decoded, Message, Said } from './message.ts'
export type { Observer } from './observer.ts'
export { type DurableOptions, Processor, type ProcessorOptions } from './processor.ts'
export { ProgressMarks } from './progress-marks.ts'
export { type Redriven, redriveMsgId } from './redrive.ts'
export { type ColumnType, type RowRef, type Rows, type Table, type TableShape, table } from './rows.ts'
export { type Change, type Loaded, type Read, type Store, StoreError, type StoreFault } from './store.ts'
export type { TaskKinds } from './task-source.ts'
export { type ClaimedTask, type Task, tasks } from './tasks.ts'

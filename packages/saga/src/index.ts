export type { AskPerson, PersonNeeded } from './chart.ts'
export type { CommandContract, CommandFacts, EventOf, MessageContract, OperatorEvent, Said } from './contract.ts'
export { type Definition, DefinitionError, defineSaga, type SagaConfig } from './define.ts'
export { type DescribedEdge, type DescribedState, type DescribedTimer, type Description, describe } from './describe.ts'
export { fractionOf } from './json.ts'
export {
  type Migrated,
  type Migrating,
  type Migration,
  mappingFaults,
  migrate,
  type StateMapping,
} from './migration.ts'
export { type Difference, type PastEntry, type PastStep, type Replayed, replay, takeEntry } from './replay.ts'
export {
  printReport,
  printRoad,
  type RoadFault,
  type RoadFaultKind,
  type RoadReport,
  type Stop,
} from './roads/report.ts'
export { assertRoads, type RoadOptions, walkRoads } from './roads/walk.ts'
export {
  type EventArrives,
  type Given,
  type Happens,
  type Observed,
  type PersonSays,
  personSays,
  specification,
  type TimerPasses,
  timerPasses,
} from './specification.ts'
export type {
  EventInput,
  Ignored,
  Input,
  OperatorInput,
  Outcome,
  SagaMessage,
  SagaState,
  StartedTimer,
  StartInput,
  StateValue,
  StepResult,
  StoppedTimer,
  TimerInput,
  Waiting,
} from './state.ts'
export { leavesOf } from './state-paths.ts'
export { isInside, isPast, person, questions, type SagaStatus, status, unknownIn } from './status.ts'
export { start, step } from './step.ts'
export { isDeadline } from './timers.ts'
export { actions, command, type NoteAction, note, type SendAction } from './words.ts'

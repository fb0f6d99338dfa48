import type { Said } from '../contract.ts'
import type { Definition } from '../define.ts'
import { person } from '../status.ts'
import { effectOf } from '../waiting.ts'
import { participantsMoves } from './participants.ts'
import { type Broken, brokenByArrival, brokenPastReturn } from './rules.ts'
import { currentId, type InputWithoutIds, type SagaStates, type WalkedStep } from './saga-states.ts'
import { afterStep, type Happening, trackOf, type Walk, type World, withTrack } from './world.ts'

/** What the walk has to invent: the content of events that others say. */
export interface Invented {
  /** Data of a reply, from its type and the command it answers; the command's own data when left out. */
  readonly reply?: (type: string, command: Said) => unknown
  /** Data of events from outside, by type; one that is left out comes with no data. */
  readonly outside?: Readonly<Record<string, unknown>>
}

export interface Successor {
  readonly world: World
  readonly how: Happening
  readonly broken: readonly Broken[]
}

/** An input that can reach the saga in some world, and what is different around the saga once it has. */
interface Possible {
  readonly kind: Happening['kind']
  readonly label: string
  readonly input: InputWithoutIds
  readonly before?: World
  /** It may be unknown to the state without being a gap in the chart. */
  readonly optional?: boolean
}

/** Everything that can happen next in a world. */
export const createSuccessors = (walk: Walk, invented: Invented) => {
  const { definition, states } = walk
  const lastSaid = new Map<string, Said>()
  const inputsOf = (world: World): Possible[] => [
    ...repliesIn(definition, invented, lastSaid, world),
    ...timersIn(world),
    ...eventsFromOutside(definition, invented),
    ...actionsOfPersons(definition, world),
  ]
  const taken = (world: World, { kind, label, input, before = world, optional }: Possible): Successor => {
    const step = stepOrThrow(states, world, label, input)
    if (step instanceof Error) {
      return {
        world,
        how: { kind, label, says: [] },
        broken: [{ kind: 'broken', detail: `${label}: ${step.message}` }],
      }
    }
    for (const one of step.said) lastSaid.set(one.type, one)
    const after = afterStep(walk, before, step.next, step.says)
    const arrival = optional || input.kind !== 'event' ? [] : brokenByArrival(input.type, step)
    return {
      world: after,
      how: { kind, label, says: step.says },
      broken: [...arrival, ...brokenPastReturn(definition, world, after, step.says)],
    }
  }
  return {
    first: (data: unknown): Successor => {
      const step = states.start(data)
      for (const one of step.said) lastSaid.set(one.type, one)
      const blank: World = { saga: step.next, tracks: {}, past: false }
      const how: Happening = { kind: 'outside', label: `${definition.startedBy} arrives`, says: step.says }
      return { world: afterStep(walk, blank, step.next, step.says), how, broken: [] }
    },
    next: (world: World): Successor[] => [
      ...participantsMoves(definition, world).map(({ world: after, happening }) => ({
        world: after,
        how: happening,
        broken: [],
      })),
      ...inputsOf(world).map((possible) => taken(world, possible)),
    ],
  }
}

const stepOrThrow = (states: SagaStates, world: World, label: string, input: InputWithoutIds): WalkedStep | Error => {
  try {
    return states.step(world.saga, label, input)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const repliesIn = (
  definition: Definition,
  { reply }: Invented,
  lastSaid: ReadonlyMap<string, Said>,
  world: World,
): Possible[] =>
  [...definition.commands.keys()].flatMap((type) => {
    const { given, refusal } = trackOf(world, type)
    const command = world.saga.state.waiting.find((entry) => entry.type === type) ?? lastSaid.get(type)
    if (!command) return []
    const arrives = (event: string, before?: World): Possible => ({
      kind: 'reply',
      label: `${event} of ${type} arrives`,
      input: {
        kind: 'event',
        type: event,
        data: reply ? reply(event, command) : command.data,
        causationId: currentId(type),
      },
      ...(before && { before }),
    })
    return [
      ...given.map((event) => arrives(event)),
      ...(refusal === undefined ? [] : [arrives(refusal, withTrack(world, type, { refusal: undefined }))]),
    ]
  })

const timersIn = (world: World): Possible[] =>
  Object.entries(world.saga.state.armed).map(([timer, arm]) => ({
    kind: 'timer',
    label: `${timer} passes`,
    input: { kind: 'timer', timer, arm },
  }))

const eventsFromOutside = (definition: Definition, { outside }: Invented): Possible[] =>
  definition.listensTo.map((type) => ({
    kind: 'outside',
    label: `${type} arrives`,
    input: { kind: 'event', type, data: outside?.[type] },
  }))

const actionsOfPersons = (definition: Definition, world: World): Possible[] => {
  const says = (action: 'retry' | 'skip' | 'cancel', before: World = world): Possible => ({
    kind: 'person',
    label: `a person says ${action}`,
    input: { kind: 'operator', action, reason: 'walked' },
    before,
    optional: true,
  })
  if (world.saga.status !== 'NEEDS_ATTENTION') return [says('cancel')]
  return [says('retry'), says('skip', excused(definition, world)), says('cancel')]
}

/** Who skips an effect answers for it: `payment.refund` names the command `payment.refund.v1` and what that undoes. */
const excused = (definition: Definition, world: World): World =>
  person(definition, world.saga.state).reduce((after, { effect }) => {
    const facts = [...definition.commands.values()].find(({ type }) => effectOf(type) === effect)
    return facts ? withTrack(after, facts.undoes ?? facts.type, { excused: true }) : after
  }, world)

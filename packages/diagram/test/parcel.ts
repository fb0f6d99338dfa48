import {
  actions,
  type CommandContract,
  command,
  type Definition,
  type Description,
  defineSaga,
  describe,
  type MessageContract,
  note,
  type Said,
} from '@skald/saga'
import { assign, setup } from 'xstate'

/*
 * A parcel: a chart of our own that holds every form a chart can have. States side by side and in each other, a history
 * state, guards, timers, transitions that take effect from anywhere, that lead out of a nested state and into one, and
 * names that mean something in XML.
 */

interface Parcel {
  readonly parcelId: string
}

interface Context extends Parcel {
  readonly tries: number
}

const event = (type: string): MessageContract<Parcel> & ((data: Parcel) => Said) =>
  Object.assign((data: Parcel) => ({ type, subject: data.parcelId, data }), { type })

const asks = (type: string, success: string, failure: string): CommandContract<Parcel> =>
  Object.assign(event(type), { replies: { success: [event(success)], failure: [event(failure)] } })

const ordered = event('parcel.ordered.v1')
const pack = asks('parcel.pack.v1', 'parcel.packed.v2', 'parcel.too-big.v1')
const drive = asks('van.drive.v1', 'van.arrived.v1', 'van.broken.v1')
const unpack = asks('parcel.unpack.v1', 'parcel.unpacked.v1', 'parcel.stuck.v1')
const outside = ['parcel.packed.v1', 'papers.printed.v1', 'parcel.lost.v1', 'parcel.held.v1', 'van.changed.v1']

/** Everything that a parcel's saga can hear, beside its timers. */
export const heard = [
  ...outside,
  ...[pack, drive, unpack].flatMap(({ replies }) => [...replies.success, ...replies.failure].map(({ type }) => type)),
]

const ofParcel = ({ parcelId }: Context) => ({ parcelId })

const parcel = setup({
  types: {} as { context: Context; input: Context },
  actions: { ...actions, countTry: assign({ tries: ({ context }) => context.tries + 1 }) },
  guards: {
    mayTryAgain: ({ context }, { most }: { most: number }) => context.tries < most,
    'is <big> & "red"': () => false,
  },
  delays: { packDeadline: 1000, unpackBackoff: 2000 },
})

const tryAgain = { type: 'mayTryAgain' as const, params: { most: 2 } }

const machine = parcel.createMachine({
  id: 'parcel',
  context: ({ input }) => input,
  initial: 'packing',
  on: {
    'parcel.lost.v1': '.undoing',
    'parcel.stuck.v1': { actions: note('known already') },
  },
  states: {
    packing: {
      entry: command(pack, ofParcel),
      on: {
        'parcel.packed.v1': 'shipping',
        'parcel.packed.v2': [{ guard: 'is <big> & "red"', target: 'held' }, { target: 'shipping' }],
        'parcel.too-big.v1': 'cancelled',
      },
      after: { packDeadline: 'undoing' },
    },
    shipping: {
      type: 'parallel',
      on: { 'parcel.held.v1': 'held', 'van.changed.v1': '.van.driving' },
      states: {
        van: {
          initial: 'loading',
          states: {
            loading: { always: 'driving' },
            driving: {
              entry: command(drive, ofParcel),
              on: { 'van.arrived.v1': 'arrived', 'van.broken.v1': '#parcel.undoing.waiting' },
            },
            arrived: { type: 'final' },
            before: { type: 'history' },
          },
        },
        papers: {
          initial: 'printing',
          states: {
            printing: { on: { 'papers.printed.v1': 'printed' } },
            printed: { type: 'final' },
          },
        },
      },
      onDone: 'delivered',
    },
    held: {
      tags: 'attention',
      meta: { person: () => ({ effect: 'parcel', reason: 'it is held' }) },
      on: { 'operator.retry': '#parcel.shipping.van.before', 'operator.cancel': 'undoing' },
    },
    undoing: {
      tags: 'compensating',
      initial: 'asking',
      states: {
        asking: {
          entry: command(unpack, ofParcel),
          on: {
            'parcel.unpacked.v1': 'done',
            'parcel.stuck.v1': [
              { guard: tryAgain, target: 'asking', reenter: true, actions: 'countTry' },
              { target: 'waiting', actions: 'countTry' },
            ],
          },
        },
        waiting: { after: { unpackBackoff: 'asking' }, on: { 'parcel.stuck.v1': '#parcel.undoing' } },
        done: { type: 'final' },
      },
      onDone: 'cancelled',
    },
    delivered: { type: 'final' },
    cancelled: { type: 'final', tags: 'compensated' },
  },
})

export const parcelSaga: Definition = defineSaga({
  name: 'parcel',
  version: 3,
  startedBy: ordered,
  listensTo: outside.map(event),
  commands: [pack, drive, unpack],
  context: ({ parcelId }) => ({ parcelId, tries: 0 }),
  pointOfNoReturn: 'shipping.papers',
  machine,
})

export const chart: Description = describe(parcelSaga)

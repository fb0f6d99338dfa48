import type { CommandFacts } from '../contract.ts'
import type { Definition } from '../define.ts'
import type { SagaStates, WalkedState } from './saga-states.ts'

/**
 * What really became of what a command asks for, whatever the saga believes. 'asked' is the dangerous one: on its way,
 * perhaps done. 'undone' also means that a command that comes later is refused: the undo left its mark.
 */
export type Effect = 'none' | 'asked' | 'done' | 'refused' | 'undone'

/** One command type in a world. An undo's effect is kept at the command that it undoes. */
export interface Track {
  readonly effect: Effect
  /** The attempt that the saga waits for is on its way to the participant. */
  readonly open: boolean
  /** An earlier attempt, or one that was withdrawn, may still reach the participant. */
  readonly late: boolean
  /** A refusal of the attempt that the saga waits for is on its way back. */
  readonly refusal: string | undefined
  /** Successes that were said: each may arrive, also again, at any time from now on. */
  readonly given: readonly string[]
  /** A person took it upon themselves. */
  readonly excused: boolean
}

/** A saga, what is under way between it and its participants, and what they have done. */
export interface World {
  readonly saga: WalkedState
  readonly tracks: Readonly<Record<string, Track>>
  /** The point of no return was passed. */
  readonly past: boolean
}

/** How a world came from the one before it. */
export interface Happening {
  readonly kind: 'participant' | 'reply' | 'timer' | 'outside' | 'person'
  readonly label: string
  /** Message types that the saga said. */
  readonly says: readonly string[]
}

/** What a walk knows from the start. */
export interface Walk {
  readonly definition: Definition
  readonly states: SagaStates
  /** Commands whose reply changes nothing in any state. */
  readonly notices: ReadonlySet<string>
}

export const untouched: Track = {
  effect: 'none',
  open: false,
  late: false,
  refusal: undefined,
  given: [],
  excused: false,
}

export const trackOf = (world: Pick<World, 'tracks'>, type: string): Track => world.tracks[type] ?? untouched

export const withTrack = <W extends Pick<World, 'tracks'>>(world: W, type: string, change: Partial<Track>): W => ({
  ...world,
  tracks: { ...world.tracks, [type]: { ...trackOf(world, type), ...change } },
})

/** Without the saga's context, so that two worlds that differ only in a counter can be seen to. */
const surroundings = (definition: Definition, world: World): string => {
  const parts = [...definition.commands.values()].map((facts) => {
    const { effect, open, refusal = '', given, excused } = trackOf(world, facts.type)
    return `${effect}${open ? '+' : ''}${lateMatters(world, facts) ? '~' : ''}${refusal}${given.join()}${excused ? '!' : ''}`
  })
  return `${parts.join('|')}|${world.past}`
}

/** A late command that finds its effect settled and its answer given changes nothing any more. */
export const lateMatters = (world: World, { type, undoes }: CommandFacts): boolean => {
  const { late, given } = trackOf(world, type)
  const { effect } = trackOf(world, undoes ?? type)
  if (!late) return false
  return undoes === undefined ? effect === 'asked' || effect === 'refused' : effect !== 'undone' || given.length === 0
}

export const keysOf = (definition: Definition, world: World): { readonly key: string; readonly shape: string } => {
  const around = surroundings(definition, world)
  return { key: `${world.saga.id}|${around}`, shape: `${world.saga.shape}|${around}` }
}

/** The world after a step of the saga: what it says is on its way, what it gave up is late. */
export const afterStep = (
  { definition, states, notices }: Walk,
  world: World,
  next: WalkedState,
  says: readonly string[],
): World => {
  let after: World = { ...world, saga: next, past: world.past || states.isPast(next) }
  for (const type of says) {
    const facts = definition.commands.get(type)
    if (!facts) continue
    if (notices.has(type)) {
      // Nothing depends on when it is handled, so it is at once: its answers may arrive from now on.
      after = withTrack(after, type, { effect: 'done', given: facts.success })
      continue
    }
    const track = trackOf(after, type)
    const effect =
      facts.undoes !== undefined || track.effect === 'done' || track.effect === 'undone' ? track.effect : 'asked'
    after = withTrack(after, type, { open: true, late: track.late || track.open, refusal: undefined, effect })
    if (facts.undoes !== undefined && definition.commands.has(facts.undoes)) {
      const undone = trackOf(after, facts.undoes)
      after = withTrack(after, facts.undoes, { open: false, late: undone.late || undone.open, refusal: undefined })
    }
  }
  return after
}

import type { CommandFacts } from '../contract.ts'
import type { Definition } from '../define.ts'
import { type Happening, lateMatters, trackOf, type World, withTrack } from './world.ts'

export interface Branch {
  readonly happening: Happening
  readonly world: World
}

/**
 * What participants can do next in a world. They are as the rules ask: a do that was done answers again, an undo
 * settles whether or not its do has come, and a do that comes after its undo is refused. Whether a do or an undo
 * succeeds or is refused is open, so both are walked; a command may also stay on its way for ever.
 */
export const participantsMoves = (definition: Definition, world: World): Branch[] =>
  [...definition.commands.values()].flatMap((facts) => [
    ...(trackOf(world, facts.type).open ? handled(withTrack(world, facts.type, { open: false }), facts, true) : []),
    ...(lateMatters(world, facts) ? handled(world, facts, false) : []),
  ])

const handled = (world: World, facts: CommandFacts, current: boolean): Branch[] => {
  const { type } = facts
  const target = facts.undoes ?? type
  const { effect } = trackOf(world, target)
  const refusals = facts.failure.flatMap((reply) => (current ? [refused(world, type, reply)] : []))
  if (facts.undoes !== undefined) {
    const settles = answersOf(world, facts).map((reply) => succeeded(world, type, reply, target, 'undone', current))
    return effect === 'undone' ? settles : [...settles, ...refusals]
  }
  // The undo came first: whatever this command asks for will not be done any more.
  if (effect === 'undone') return refusals
  const done = answersOf(world, facts).map((reply) => succeeded(world, type, reply, target, 'done', current))
  return effect === 'done' ? done : [...done, ...refusals.map((branch) => neverDone(branch, type))]
}

/** A participant that has answered once says the same again. */
const answersOf = (world: World, { type, success }: CommandFacts): readonly string[] => {
  const { given } = trackOf(world, type)
  return given.length > 0 ? given : success
}

const happening = (label: string): Happening => ({ kind: 'participant', label, says: [] })

const succeeded = (
  world: World,
  type: string,
  reply: string,
  target: string,
  effect: 'done' | 'undone',
  current: boolean,
): Branch => {
  const { given } = trackOf(world, type)
  const change = { given: given.includes(reply) ? given : [...given, reply].sort(), ...(!current && { late: false }) }
  return {
    happening: happening(`${current ? '' : 'an earlier '}${type} is handled: ${effect}, ${reply}`),
    world: withTrack(withTrack(world, type, change), target, { effect }),
  }
}

const refused = (world: World, type: string, reply: string): Branch => ({
  happening: happening(`${type} is refused: ${reply}`),
  world: withTrack(world, type, { refusal: reply }),
})

const neverDone = ({ happening: how, world }: Branch, type: string): Branch => ({
  happening: how,
  world: withTrack(world, type, { effect: 'refused' }),
})

import type { Seen, Sighting, Writes } from '@skald/e2e'

/** When a service is to die; made anew for each kill, since some remember what came by. */
export interface Point {
  readonly name: string
  readonly trigger: () => Seen
}

type Answer = ReturnType<Seen>
const at = (holds: (sighting: Sighting) => boolean, answer: Answer): Seen => {
  return (sighting) => (holds(sighting) ? answer : undefined)
}

/** The four moments of the commit of one transaction. */
const commitPoints = (isIt: () => (sighting: Sighting) => boolean): readonly Point[] => {
  const point = (name: string, what: 'commit' | 'committed', answer: Answer): Point => ({
    name,
    trigger: () => {
      const holds = isIt()
      return (sighting) => (holds(sighting) && sighting.what === what ? answer : undefined)
    },
  })
  return [
    point('commit requested', 'commit', 'withhold'),
    point('commit sent', 'commit', 'pass'),
    point('committed', 'committed', 'withhold'),
    point('commit known', 'committed', 'pass'),
  ]
}

const isWrite = (sighting: Sighting): sighting is Extract<Sighting, { readonly writes: Writes }> =>
  sighting.what === 'commit' || sighting.what === 'committed'

/** A transaction that writes something of this kind. */
export const writing = (text: string, sql: string): readonly Point[] =>
  commitPoints(() => (sighting) => isWrite(sighting) && sighting.writes.hold(text, sql))

/** A message that a durable hands to the service, from its delivery to its ack. */
export const taken = (durable: string, subject: string): readonly Point[] => {
  const isIt = (sighting: Sighting, what: 'delivery' | 'ack') =>
    sighting.what === what && sighting.durable === durable && sighting.subject === subject
  return [
    { name: 'received', trigger: () => at((sighting) => isIt(sighting, 'delivery'), 'pass') },
    ...commitPoints(() => {
      const marks: string[] = []
      return (sighting) => {
        // What came before may have been handled already, and is only named by later transactions.
        if (sighting.what === 'delivery' && sighting.isFirst && isIt(sighting, 'delivery'))
          marks.push(...sighting.marks)
        return isWrite(sighting) && marks.some((mark) => sighting.writes.hold(mark))
      }
    }),
    { name: 'ack', trigger: () => at((sighting) => isIt(sighting, 'ack'), 'withhold') },
  ]
}

/** A message that is acked without being looked at: another durable of the service brings it. */
export const left = (durable: string, subject: string): readonly Point[] =>
  taken(durable, subject).filter(({ name }) => name === 'received' || name === 'ack')

const publicationPoints = (
  isIt: () => (sighting: Sighting, subject: string, msgId: string) => boolean,
): readonly Point[] => {
  const point = (name: string, what: 'publication' | 'pub-ack', answer: Answer): Point => ({
    name,
    trigger: () => {
      const holds = isIt()
      return (sighting) => {
        const [subject, msgId] = 'msgId' in sighting ? [sighting.subject, sighting.msgId] : ['', '']
        return holds(sighting, subject, msgId) && sighting.what === what ? answer : undefined
      }
    },
  })
  return [
    point('publish requested', 'publication', 'withhold'),
    point('publish sent', 'publication', 'pass'),
    point('PubAck', 'pub-ack', 'withhold'),
  ]
}

/** A message that the service says. */
export const said = (subject: string): readonly Point[] => publicationPoints(() => (_, it) => it === subject)

export interface TaskSays {
  readonly kind: string
  /** Which publications are its own: those of its due run, not of whoever made it. */
  readonly says: RegExp | undefined
  /** What the transaction that removes it names in place of its id; undefined for one that is never removed. */
  readonly removes: string | undefined
}

/** A task that came due, from the moment it is handed out until it is removed. */
export const due = ({ kind, says, removes }: TaskSays): readonly Point[] => {
  /** Follows the tasks that are handed out, and is told what comes after. */
  const after = (holds: (sighting: Sighting, claimed: ReadonlySet<string>) => boolean) => () => {
    const claimed = new Set<string>()
    return (sighting: Sighting): boolean => {
      if (sighting.what === 'claimed') for (const task of sighting.tasks) if (task.kind === kind) claimed.add(task.id)
      return claimed.size > 0 && holds(sighting, claimed)
    }
  }
  const isClaimed = (sighting: Sighting) =>
    sighting.what === 'claimed' && sighting.tasks.some((task) => task.kind === kind)
  const commits = commitPoints(
    after((sighting, claimed) => isWrite(sighting) && [...claimed].some((id) => sighting.writes.hold(id))),
  )
  const publishes = says
    ? publicationPoints(() => {
        const holds = after((sighting) => 'msgId' in sighting)()
        return (sighting, subject, msgId) => holds(sighting) && says.test(`${subject} ${msgId}`)
      })
    : []
  const removals = removes === undefined ? [] : writing(removes, 'DELETE FROM "task"')
  return [
    { name: 'claimed', trigger: () => at(isClaimed, 'withhold') },
    { name: 'claim known', trigger: () => at(isClaimed, 'pass') },
    ...commits,
    ...publishes,
    ...removals.map(({ name, trigger }) => ({ name: `removal: ${name}`, trigger })),
  ]
}

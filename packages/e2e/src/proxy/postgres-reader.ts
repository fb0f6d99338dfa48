import { type Frame, Frames, type Measure } from './frames.ts'
import { type Reader, type SeenTask, type Sighting, Writes } from './sightings.ts'

/*
 * Messages of a type and a length, but for the client's first one, which has no type. What is sent up to one Sync is
 * answered by one ReadyForQuery, and is one transaction unless it is begun or ended by statements of that name.
 */

const WRITE = /^\s*(?:INSERT|UPDATE|DELETE|WITH)\b/i
const CLAIM = /^WITH due AS MATERIALIZED/
const NOT_IN_A_TRANSACTION = 'I'

/** What a client sent up to one Sync, as far as its answer matters. */
interface Flight {
  readonly commits: Writes | undefined
  readonly isClaim: boolean
  readonly tasks: SeenTask[]
  hasFailed: boolean
}

const typed: Measure = (bytes) => (bytes.length < 5 ? undefined : 1 + bytes.readInt32BE(1))

/** The startup message; encryption, which would be asked for in its place, is not used on loopback. */
const startup: Measure = (bytes) => (bytes.length < 4 ? undefined : bytes.readInt32BE(0))

/** Texts that end with a zero byte, from the body's start on. */
const texts = (bytes: Buffer, count: number): readonly string[] => {
  const found: string[] = []
  for (let at = 5; found.length < count; ) {
    const end = bytes.indexOf(0, at)
    found.push(bytes.toString('utf8', at, end))
    at = end + 1
  }
  return found
}

/** The first columns of a row, as text. */
const columns = (bytes: Buffer, count: number): readonly string[] => {
  const found: string[] = []
  for (let at = 7; found.length < count; ) {
    const length = Math.max(0, bytes.readInt32BE(at))
    found.push(bytes.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return found
}

/** Words of the first parameter of a claim: the kinds that it asks for. */
const kindsIn = (parameters: Buffer): readonly string[] => {
  const [list] = /\{[^}]*\}/.exec(parameters.toString('latin1')) ?? []
  return list?.match(/[\w-]+/g) ?? []
}

class Client {
  readonly flights: Flight[] = []
  /** By the name under which the server has prepared it. */
  readonly #statements = new Map<string, string>()
  #bound = ''
  #writes = new Writes()
  #isOpen = false
  #isClaim = false
  #commits: Writes | undefined

  /** `status` is what the server said last. */
  sent({ bytes }: Frame, status: string): Sighting | undefined {
    switch (String.fromCharCode(bytes[0] ?? 0)) {
      case 'P': {
        const [name = '', sql = ''] = texts(bytes, 2)
        this.#statements.set(name, sql)
        return undefined
      }
      case 'B':
        return this.#bind(bytes)
      case 'E':
        return this.#bound === 'COMMIT' ? this.#commit() : undefined
      case 'Q':
        this.#bound = texts(bytes, 1)[0] ?? ''
        if (/^\s*BEGIN/i.test(this.#bound)) this.#isOpen = true
        else if (WRITE.test(this.#bound)) this.#writes.add(this.#bound, bytes)
        return this.#sync(/^\s*COMMIT/i.test(this.#bound) ? this.#commit() : this.#alone(status))
      case 'S':
        return this.#sync(this.#alone(status))
      default:
        return undefined
    }
  }

  #bind(bytes: Buffer): Sighting | undefined {
    const [, name = ''] = texts(bytes, 2)
    this.#bound = this.#statements.get(name) ?? ''
    if (/^\s*BEGIN/i.test(this.#bound)) this.#isOpen = true
    if (!WRITE.test(this.#bound)) return undefined
    this.#writes.add(this.#bound, bytes)
    if (!CLAIM.test(this.#bound)) return undefined
    this.#isClaim = true
    return { what: 'claim', kinds: kindsIn(bytes) }
  }

  /** A Sync that ends a transaction of its own. */
  #alone(status: string): Sighting | undefined {
    const isOwn = status === NOT_IN_A_TRANSACTION && !this.#isOpen && !this.#commits
    return isOwn && !this.#writes.isEmpty ? this.#commit() : undefined
  }

  #commit(): Sighting {
    const writes = this.#writes
    this.#commits = writes
    this.#writes = new Writes()
    this.#isOpen = false
    return { what: 'commit', writes }
  }

  #sync(sighting: Sighting | undefined): Sighting | undefined {
    this.flights.push({ commits: this.#commits, isClaim: this.#isClaim, tasks: [], hasFailed: false })
    this.#commits = undefined
    this.#isClaim = false
    return sighting
  }

  /** Nothing is open any more: what was written and not committed was rolled back. */
  rest(): void {
    if (this.flights.length > 0) return
    this.#writes = new Writes()
    this.#isOpen = false
  }
}

const outcomeOf = ({ commits, isClaim, tasks, hasFailed }: Flight): Sighting | undefined => {
  if (hasFailed) return undefined
  if (isClaim) return tasks.length > 0 ? { what: 'claimed', tasks } : undefined
  return commits && { what: 'committed', writes: commits }
}

export const postgresReader = (): Reader => {
  const client = new Client()
  let isStarted = false
  let status = ''
  const fromClient = new Frames((bytes) => (isStarted ? typed : startup)(bytes))
  const fromServer = new Frames(typed)

  const sent = (frame: Frame): Sighting | undefined => {
    if (isStarted) return client.sent(frame, status)
    isStarted = true
    return undefined
  }

  const answered = ({ bytes }: Frame): Sighting | undefined => {
    const [flight] = client.flights
    switch (String.fromCharCode(bytes[0] ?? 0)) {
      case 'E':
        if (flight) flight.hasFailed = true
        return undefined
      case 'D': {
        if (!flight?.isClaim) return undefined
        const [, id = '', kind = ''] = columns(bytes, 3)
        flight.tasks.push({ id, kind })
        return undefined
      }
      case 'Z':
        status = String.fromCharCode(bytes[5] ?? 0)
        client.flights.shift()
        if (status === NOT_IN_A_TRANSACTION) client.rest()
        return flight && outcomeOf(flight)
      default:
        return undefined
    }
  }

  return {
    read(direction, bytes, seen) {
      const isSent = direction === 'toServer'
      for (const frame of (isSent ? fromClient : fromServer).of(bytes)) {
        const sighting = isSent ? sent(frame) : answered(frame)
        const end = sighting && seen(sighting)
        if (end !== undefined) return end === 'withhold' ? frame.start : frame.end
      }
      return undefined
    },
  }
}

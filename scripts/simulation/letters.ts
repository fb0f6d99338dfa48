import { codec, inventoryReserved } from '@skald/contracts'
import { deadLetters, derivedId, digestOf, redriveMsgId } from '@skald/messaging'
import {
  auditEntries,
  LETTER_ACTIONS,
  type LetterAction,
  type OperateLetter,
  type OperateLetterReply,
  operateLetter,
  type ReportedDeadLetter,
  reportedDeadLetters,
} from '@skald/saga-coordinator'
import type { Replica } from './replica.ts'
import { untilAnswered } from './requests.ts'
import type { World } from './world.ts'

/** What is refused was sent by somebody who sends it once more until it is listed: a broker may lose it before. */
const SENT_AGAIN_AFTER_MS = 2_000
const LOOK_EVERY_MS = 1_500
/** How often a letter is discarded rather than sent again. */
const DISCARDED = 0.15

/** The subject of every message of the stranger. */
const SUBJECT = 'inventory.reserved.v1'
/** Of a trouble: nobody else sends what cannot be read. */
export const isStrange = (what: string): boolean => what.includes('stranger') || what.includes('dead letter not-json')

/**
 * A stranger, whose messages nobody can ever handle, and an operator who sends the dead letters again: each of them must be
 * refused as often as it was sent, and be open in the end, whatever was lost in between.
 */
export class Letters {
  readonly complaints: string[] = []
  /** Redrives that were answered as taken, by letter. */
  readonly #redrives = new Map<string, number>()
  readonly #world: World
  #open = 0

  constructor(world: World) {
    this.#world = world
  }

  start(): void {
    const { sim, settings } = this.#world
    for (let at = 0; at < settings.strangeLetters; at++) {
      sim.time.after(sim.run.between(`stranger ${at}`, 0, 3_000), () => this.#send(at))
    }
    if (settings.strangeLetters === 0) return
    for (let at = 0; at < settings.strangeLetters * 2; at++) {
      this.#open++
      sim.time.after(LOOK_EVERY_MS * (at + 1), () => this.#look(at))
    }
  }

  get isDone(): boolean {
    return this.#open === 0 && this.#listed().every((letter) => this.#isAsExpected(letter))
  }

  /** What is wrong with a letter when everything is over. */
  *faults(): Iterable<string> {
    const letters = this.#listed()
    for (const letter of letters) {
      if (this.#isAsExpected(letter)) continue
      const { id, status, refusals } = letter
      yield `letter ${id} is ${status} after ${refusals} refusals, it was sent again ${this.#redrives.get(id) ?? 0} times`
    }
    const audit = this.#world.databases.saga.memory.all(auditEntries)
    const redriven = audit.filter(({ action }) => action === 'redrive').length
    const asked = [...this.#redrives.values()].reduce((sum, each) => sum + each, 0)
    if (redriven !== asked) yield `${redriven} redrives are in the audit, ${asked} were answered`
    yield* this.complaints
  }

  #listed(): readonly ReportedDeadLetter[] {
    return this.#world.databases.saga.memory.all(reportedDeadLetters)
  }

  /** A letter that was discarded while it was sent may have been refused or not. */
  #isAsExpected({ id, status, sending, refusals }: ReportedDeadLetter): boolean {
    const expected = 1 + (this.#redrives.get(id) ?? 0)
    return status === 'DISCARDED' ? refusals <= expected : status === 'OPEN' && !sending && refusals === expected
  }

  #send(at: number): void {
    const { sim, broker } = this.#world
    const orderId = `stranger-${at}`
    const id = idOf(at)
    const said = inventoryReserved({ orderId })
    const about = { source: '/stranger', time: new Date(0).toISOString(), correlationId: `${orderId}-saga` }
    const message = codec.encode({ id, ...about, ...said })
    // Every other one cannot be read.
    const payload = at % 2 === 0 ? message : message.slice(0, -1)
    if (this.#listed().some((letter) => letter.payload === Buffer.from(payload).toString('base64'))) return
    broker.store({ subject: SUBJECT, msgId: id, payload })
    sim.time.after(SENT_AGAIN_AFTER_MS, () => this.#send(at))
  }

  #look(at: number): void {
    const { run } = this.#world.sim
    const letters = this.#listed()
    if (letters.length === 0) {
      this.#open--
      return
    }
    const { id } = run.pick(`letter ${at}`, letters)
    const isLast = at === this.#world.settings.strangeLetters * 2 - 1
    const [redrive, discard] = LETTER_ACTIONS
    this.#act(`letter ${at}`, isLast && run.of(`discarded ${at}`) < DISCARDED ? discard : redrive, id)
  }

  #act(key: string, action: LetterAction, letterId: string): void {
    const { replicas, broker } = this.#world
    const repeatable = { key, digest: digestOf(key) }
    const data: OperateLetter = { letterId, action, reason: 'mended, maybe', actor: 'eve', repeatable }
    const handler = operateLetter((subject) => broker.isPlanned(subject))
    const ask = (replica: Replica) => replica.ask(handler, data, { subject: letterId })
    untilAnswered(
      this.#world,
      { who: 'operator', what: `POST ${action} ${key}`, replicas: replicas.saga, ask },
      (answer) => this.#hear(key, action, letterId, answer),
    )
  }

  #hear(key: string, action: LetterAction, letterId: string, { kind }: OperateLetterReply): void {
    this.#open--
    if (kind === 'done' && action === 'redrive') this.#redrives.set(letterId, (this.#redrives.get(letterId) ?? 0) + 1)
    if (kind === 'key-reused' || kind === 'unknown') this.complaints.push(`${key} was told ${kind}`)
  }
}

/** What cannot be handled may be acked when its dead letter is there, and knows of the redrive. */
export const isRefused = ({ databases, settings }: World, id: string): boolean => {
  const { memory } = databases.saga
  const [, letterId = '', redriveId] = id.split('/')
  if (redriveId !== undefined) return memory.row(deadLetters, letterId)?.redrives.includes(redriveId) ?? false
  const isStrangers = Array.from({ length: settings.strangeLetters }, (_, at) => idOf(at)).includes(id)
  return isStrangers && memory.all(deadLetters).length > 0
}

const idOf = (at: number): string => derivedId(`stranger-${at}`, 0)

/** Letters that are said to be sent again and the broker never had them, or refused again and nobody refused them. */
export function* untrueLetters({ databases, broker }: World): Iterable<string> {
  const { memory } = databases.saga
  for (const { id, status, sending, redrive_id } of memory.rows(reportedDeadLetters)) {
    if (redrive_id === null || sending) continue
    const msgId = redriveMsgId({ letterId: id, redriveId: redrive_id })
    if (status === 'REDRIVEN' && !broker.everStored.has(msgId)) {
      yield `letter ${id} is REDRIVEN, and ${msgId} is not with the broker`
    }
    if (status === 'OPEN' && !memory.row(deadLetters, id)?.redrives.includes(redrive_id)) {
      yield `letter ${id} is OPEN again, and nobody refused ${redrive_id}`
    }
  }
}

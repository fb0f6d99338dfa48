import { derivedId, inboxTable, type Message, type Publication, tasks } from '@skald/messaging'
import { payments } from '@skald/payment-service'
import { archivedSagas, history, reportedDeadLetters, sagas, waitingFor } from '@skald/saga-coordinator'
import type { Life } from '@skald/testing/simulation'
import { isRefused, untrueLetters } from './letters.ts'
import type { World } from './world.ts'

/** The id of a message by its Nats-Msg-Id: no id of ours holds a colon. */
const idOf = (msgId: string): string => {
  const colon = msgId.indexOf(':')
  return colon < 0 ? msgId : msgId.slice(0, colon)
}

const repeatOf = (msgId: string): number => Number(msgId.slice(msgId.indexOf(':') + 1))

/** When a message first left its process, and when each repeat of it did. */
interface Offers {
  readonly payload: string
  readonly firstAtMs: number
  readonly repeats: Map<number, number>
  /** How often a number came that had been used. */
  doubled: number
}

const CHARGE = 'command.payment.charge.v1'

/** What caused a command may itself come as a repeat and make it be said under that number, which a nudge may have too. */
const MAX_DOUBLED = 3

/** What makes the same publication be tried again under its own number. */
const TRIED_AGAIN = /^(pub-ack-lost|publish-|broker-|crash-|pause-|commit-unknown|connection-|conflict|slow-store)/

/**
 * Looks at every publication and every ack the moment it leaves its process. What a guard must keep from happening is seen
 * here even when another guard makes good for it later.
 */
export class Watch {
  /** Acks that came too early. */
  readonly early: string[] = []
  /** Messages that were sent again and were not the same. */
  readonly changed: string[] = []
  /** Repeats that the broker takes for what it has already. */
  readonly swallowed: string[] = []
  /** Commands that were left open, and nobody is about to answer. */
  readonly forgotten: string[] = []
  /** Sagas that ended and were still to be woken. */
  readonly woken: string[] = []
  /** Sagas that lived and waited for nothing. */
  readonly idle: string[] = []
  /** Dead letters that are said to be sent, or refused, again and were not. */
  readonly untrueLetters: string[] = []
  /** Events whose task went before the broker had them. */
  readonly unsaid: string[] = []
  readonly #world: World
  #announcing: ReadonlyMap<string, string> = new Map()
  readonly #ackedAtMs = new Map<string, number>()
  readonly #offers = new Map<string, Offers>()
  /** Messages that sagas have held: whoever lets a saga go on uses them, and says what comes of it. */
  readonly #everHeld = new Set<string>()

  constructor(world: World) {
    this.#world = world
    world.databases.saga.onCommit = (tables) => {
      if (tables.includes(sagas.name)) this.#lookAtSagas()
      if (tables.includes(reportedDeadLetters.name)) this.untrueLetters.push(...untrueLetters(world))
    }
    world.databases.inventory.onCommit = (tables) => {
      if (tables.includes(tasks.name)) this.#lookForUnsaid()
    }
    world.databases.payment.onCommit = (tables, life) => {
      if (tables.includes(tasks.name)) world.leases.lookAtCalls(life)
      if (tables.includes(payments.name)) this.#lookForForgotten()
    }
    world.broker.told = {
      published: (life, publication) => this.#published(life, publication),
      acked: (life, durable, { msgId, subject }) => this.#acked(life, durable, msgId, subject),
    }
  }

  /** The repeats of a message by number, and when each was first offered to the broker. */
  repeatsOf(id: string): readonly (readonly [repeat: number, atMs: number])[] {
    return [...(this.#offers.get(id)?.repeats ?? [])]
  }

  /** When a message was first acked by a participant or a saga; never is infinitely late. */
  ackedAtMs(msgId: string): number {
    return this.#ackedAtMs.get(msgId) ?? Number.POSITIVE_INFINITY
  }

  #published({ name }: Life, { msgId, payload, subject }: Publication): void {
    const { nowMs } = this.#world.sim.time
    const id = idOf(msgId)
    const before = this.#offers.get(id)
    if (before && before.payload !== payload) {
      this.changed.push(`${name} sends ${msgId} as ${payload}, it was ${before.payload}`)
    }
    const offers = before ?? { payload, firstAtMs: nowMs, repeats: new Map<number, number>(), doubled: 0 }
    this.#offers.set(id, offers)
    if (id === msgId) return
    const repeat = repeatOf(msgId)
    if (!offers.repeats.has(repeat)) offers.repeats.set(repeat, nowMs)
    else if (name.startsWith('saga') && ++offers.doubled >= MAX_DOUBLED && !this.#isTriedAgain()) {
      this.swallowed.push(`${name} asks ${subject} again and again as ${msgId}`)
    }
  }

  #isTriedAgain(): boolean {
    return this.#world.sim.faults.struck.some(({ kind }) => TRIED_AGAIN.test(kind))
  }

  #acked({ name }: Life, durable: string, msgId: string, subject: string): void {
    const id = idOf(msgId)
    if (!this.#ackedAtMs.has(msgId)) this.#ackedAtMs.set(msgId, this.#world.sim.time.nowMs)
    if (durable === 'saga-coordinator-unrouted' || durable === 'saga-coordinator-dead-letters') return
    if (isRefused(this.#world, id)) return
    const outputs = durable.startsWith('saga-coordinator') ? this.#saidByCoordinator(id) : this.#saidBy(durable, id)
    if (id !== msgId && subject === CHARGE) this.#checkOpen(name, msgId)
    if (outputs && ANSWERED_LATER.test(subject)) return
    if (outputs === undefined) {
      this.early.push(`${name} acks ${subject} ${id} and has not handled it`)
      return
    }
    if (id !== msgId && durable.endsWith('-commands')) this.#checkAnswers(name, msgId, outputs)
    const missing = outputs.find((output) => !this.#isStored(output))
    if (missing !== undefined) this.early.push(`${name} acks ${subject} ${id}, and ${missing} is not with the broker`)
  }

  /** A saga gives up when its last questions are acked and nothing is said. */
  #checkOpen(name: string, msgId: string): void {
    const id = idOf(msgId)
    const askedAtMs = this.#offers.get(id)?.repeats.get(repeatOf(msgId)) ?? 0
    const why = this.#world.leases.ackedTooEarly(name, `${this.#subjectOf(id)}/charge/0`, askedAtMs)
    if (why !== undefined) this.early.push(`${name} acks the question ${msgId}, and ${why}`)
  }

  /** What was said before a repeat came is said again under the repeat's number. */
  #checkAnswers(name: string, msgId: string, outputs: readonly string[]): void {
    const repeat = repeatOf(msgId)
    const askedAtMs = this.#offers.get(idOf(msgId))?.repeats.get(repeat)
    for (const output of outputs) {
      const offers = this.#offers.get(output)
      if (askedAtMs === undefined || offers === undefined || offers.firstAtMs >= askedAtMs) continue
      if (!offers.repeats.has(repeat)) this.swallowed.push(`${name} does not answer ${msgId} under its number`)
    }
  }

  #lookAtSagas(): void {
    const { definitions, databases } = this.#world
    const { memory } = databases.saga
    for (const row of memory.rows(sagas)) {
      const { saga_id, ended_at, state, held } = row
      for (const { message } of held) this.#everHeld.add(message.id)
      if (ended_at === null && state && waitingFor(row, definitions).length === 0) {
        this.idle.push(`saga ${saga_id} at ${JSON.stringify(state.value)} lives and waits for nothing`)
      }
      if (ended_at === null || !memory.row(tasks, `wake/${saga_id}`)) continue
      this.woken.push(`saga ${saga_id} ended and has a wake`)
    }
  }

  #lookForUnsaid(): void {
    const announcing = new Map<string, string>()
    for (const { id, kind, body } of this.#world.databases.inventory.memory.rows(tasks)) {
      if (kind === 'announce-change') announcing.set(id, (body as Message).id)
    }
    for (const [task, messageId] of this.#announcing) {
      if (announcing.has(task) || this.#isStored(messageId)) continue
      this.unsaid.push(`task ${task} went, and ${messageId} is not with the broker`)
    }
    this.#announcing = announcing
  }

  #isStored(messageId: string): boolean {
    const { everStored } = this.#world.broker
    const repeats = this.#offers.get(messageId)?.repeats.keys() ?? []
    return everStored.has(messageId) || [...repeats].some((repeat) => everStored.has(`${messageId}:${repeat}`))
  }

  #lookForForgotten(): void {
    for (const { order_id, call, open_commands } of this.#world.databases.payment.memory.rows(payments)) {
      if (call === null && open_commands.length > 0)
        this.forgotten.push(`order ${order_id}: ${JSON.stringify(open_commands)}`)
    }
  }

  /** Ids of what a participant said because of a message; undefined when it does not know the message. */
  #saidBy(durable: string, id: string): readonly string[] | undefined {
    const { order, payment, inventory, trip } = this.#world.databases
    const [service] = durable.split('-')
    const database = [order, payment, trip].find(({ name }) => name === service) ?? inventory
    const row = database.memory.row(inboxTable, id)
    if (row) return outputsOf(id, row)
    if (database === payment) {
      for (const { open_commands } of payment.memory.rows(payments)) if (open_commands.some(isMessage(id))) return []
    }
    if (database === trip && this.#world.trips.hasTaken(id, this.#subjectOf(id))) return []
    return database === inventory && isLookedUp(this.#world, id) ? [] : undefined
  }

  #subjectOf(id: string): string {
    const { subject } = JSON.parse(this.#offers.get(id)?.payload ?? '{}') as { readonly subject?: string }
    return subject ?? ''
  }

  /** What was answered or withdrawn since is not sent again. */
  #saidByCoordinator(id: string): readonly string[] | undefined {
    const { memory } = this.#world.databases.saga
    if (this.#everHeld.has(id)) return []
    const row = memory.row(history, id)
    if (row) {
      const asked = memory.row(sagas, row.saga_id)?.asked ?? []
      if (asked.length === 0) return []
      return outputsOf(id, row).filter((output) => asked.some(({ commandId }) => commandId === output))
    }
    // What is archived has ended, and waits for nothing.
    for (const { body } of memory.rows(archivedSagas))
      if (body.steps.some(([, , messageId]) => messageId === id)) return []
    return undefined
  }
}

/**
 * Messages that may be acked while they are open, or held: a charge is answered when the gateway has decided, a question to
 * a person when they have, a page of products when it was looked up, a cancel that came before its saga by what starts it. Who waits for an answer asks again.
 */
const ANSWERED_LATER = /^(command\.(payment|product|trip\.approve)\.|order\.cancel-requested\.)/

const outputsOf = (id: string, { outputs }: { readonly outputs: readonly unknown[] }): readonly string[] =>
  outputs.map((_, ordinal) => derivedId(id, ordinal))

const isMessage =
  (id: string) =>
  ({ message }: { readonly message: Message }): boolean =>
    message.id === id

/** A command that is left open until a look has found what it is about: its task is named after it. */
const isLookedUp = ({ databases: { inventory } }: World, id: string): boolean => {
  for (const task of inventory.memory.rows(tasks)) if (task.id.endsWith(`/${id}`)) return true
  return false
}

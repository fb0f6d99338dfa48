import { paymentCharge, paymentRefund } from '@skald/contracts'
import {
  type Answer,
  type Decision,
  type Handler,
  type Message,
  type Rows,
  type Said,
  type Table,
  type TableShape,
  type Task,
  tasks,
} from '@skald/messaging'
import type { CallStart, StartsCall } from '../src/calls/call.ts'
import { type CallResult, recordResult } from '../src/calls/record-result.ts'
import { takeCall } from '../src/calls/take-call.ts'
import { chargePayment } from '../src/handlers/charge-payment.ts'
import { refundPayment } from '../src/handlers/refund-payment.ts'
import { type Payment, payments } from '../src/payments/payment.ts'

export const ORDER = 'order-1'
export const AMOUNT = { amount: 1250, currency: 'EUR' }
export const LEASE_MS = 10_000
export const RETRY_MS = 100

/** What was said, and in answer to which message. */
export interface Reply {
  readonly to: string
  readonly type: string
  readonly data: unknown
}

/**
 * The decisions of payment-service over rows in memory: what is given is a sequence of inputs, what is looked at are the
 * replies, the calls to make and the rows. It keeps the runtime's promises: nothing is written when a decision throws or
 * refuses, and a message with an inbox row is answered from it.
 */
export class Desk {
  nowMs = 1_000_000
  readonly replies: Reply[] = []
  /** Calls that a committed decision wants made, in order. */
  readonly calls: CallStart[] = []
  readonly refused: string[] = []
  readonly #tables = new Map<TableShape, Map<string, object>>()
  readonly #inbox = new Map<string, { readonly digest: string; readonly says: readonly Said[] }>()
  readonly #lease
  #inputs = 0
  #redelivers = false

  constructor(process = 'process-a', other?: Desk) {
    this.#lease = { leaseMs: LEASE_MS, process, retryMs: RETRY_MS }
    if (!other) return
    this.#tables = other.#tables
    this.#inbox = other.#inbox
  }

  charge(id: string, data: Partial<Parameters<typeof paymentCharge>[0]> = {}, repeat = 0): this {
    const said = paymentCharge({ orderId: ORDER, amount: AMOUNT, ...data })
    return this.#receive(id, said, chargePayment(this.#lease) as Handler, repeat)
  }

  /** The same charge once more. Says whether it is acked. */
  ask(id: string): 'acked' | 'comes again' {
    this.charge(id, {}, 1)
    return this.#redelivers ? 'comes again' : 'acked'
  }

  refund(id: string, data: Partial<Parameters<typeof paymentRefund>[0]> = {}): this {
    const said = paymentRefund({ orderId: ORDER, amount: AMOUNT, ...data })
    return this.#receive(id, said, refundPayment(this.#lease) as Handler)
  }

  /** A call comes back. Returns whether the result was applied. */
  returned(call: CallStart, result: CallResult): boolean {
    const data = { orderId: call.orderId, key: call.key, token: call.token, result }
    const reply = this.#run(recordResult(this.#lease) as Handler, this.#input('request', data), '').reply
    return (reply as { applied: boolean }).applied
  }

  /** What is due is claimed by this process, as the task source does it. */
  claimDue(): this {
    const due = [...this.#rowsOf(tasks).values()].filter(({ due_at }) => due_at <= this.nowMs)
    for (const task of due) {
      this.#inputs += 1
      const claimed = {
        ...task,
        token: `claim-${this.#inputs}`,
        attempts: task.attempts + 1,
        due_at: this.nowMs + 5_000,
      }
      this.#rowsOf(tasks).set(task.id, claimed)
      const { orderId } = task.body as { orderId: string }
      const data = { orderId, key: task.id, token: claimed.token }
      this.#run(takeCall(this.#lease) as Handler, this.#input('request', data), '')
    }
    return this
  }

  /** The last call that a decision wanted made. */
  get call(): CallStart {
    const call = this.calls.at(-1)
    if (!call) throw new Error('no call was begun')
    return call
  }

  get payment(): Payment {
    const payment = this.#rowsOf(payments).get(ORDER)
    if (!payment) throw new Error('there is no payment')
    return payment
  }

  get tasks(): readonly Task[] {
    return [...this.#rowsOf(tasks).values()]
  }

  /** The money's side of it: kind and status of each transaction. */
  get transactions(): readonly string[] {
    return this.payment.transactions.map(({ id, status }) => `${id.replace(`${ORDER}/`, '')} ${status}`)
  }

  /** Types said to a message, in order. */
  saidTo(id: string): readonly string[] {
    return this.replies.filter(({ to }) => to === id).map(({ type }) => type)
  }

  #receive(id: string, said: Said, handler: Handler, repeat = 0): this {
    const digest = JSON.stringify(said)
    this.#redelivers = false
    const known = this.#inbox.get(id)
    if (known) {
      if (known.digest === digest) this.#say(id, known.says)
      else this.refused.push('other-content')
      return this
    }
    this.#redelivers =
      this.#run(handler, { ...this.#input(said.type, said.data), id }, digest, repeat).redeliver === true
    return this
  }

  #input(type: string, data: unknown): Message {
    this.#inputs += 1
    const id = `input-${this.#lease.process}-${this.#inputs}`
    return { id, type, source: '/test', subject: ORDER, time: '', correlationId: 'saga-1', data }
  }

  #run(handler: Handler, message: Message, digest: string, repeat = 0): Decision {
    const named = new Set(handler.rows(message).map(({ table, key }) => `${table.name}/${key}`))
    const before = new Map([...this.#tables].map(([table, rows]) => [table, new Map(rows)]))
    const turn = { nowMs: this.nowMs, digest, idOf: (ordinal: number) => `${message.id}#${ordinal}`, repeat }
    const decision = handler.decide(message, this.#access(named), turn)
    if (decision.refuse) {
      for (const [table, rows] of before) this.#tables.set(table, rows)
      this.refused.push(decision.refuse.reason)
      return decision
    }
    if (digest !== '' && !decision.open) this.#answer({ to: message, digest, says: decision.says ?? [] })
    for (const answer of decision.answers ?? []) this.#answer(answer)
    const { starts } = (decision.reply ?? {}) as Partial<StartsCall>
    if (starts) this.calls.push(starts)
    return decision
  }

  #answer({ to, digest, says }: Answer): void {
    if (this.#inbox.has(to.id)) throw new Error(`${to.id} has an inbox row already`)
    this.#inbox.set(to.id, { digest, says })
    this.#say(to.id, says)
  }

  #say(to: string, says: readonly Said[]): void {
    this.replies.push(...says.map(({ type, data }) => ({ to, type, data })))
  }

  #rowsOf<R extends object>(table: Table<R>): Map<string, R> {
    const rows = this.#tables.get(table) ?? new Map<string, object>()
    this.#tables.set(table, rows)
    return rows as Map<string, R>
  }

  #access(named: ReadonlySet<string>): Rows {
    const check = (table: TableShape, key: string, isRead: boolean): void => {
      if (named.has(`${table.name}/${key}`) || (table.blind && !isRead)) return
      throw new Error(`${table.name} ${key} was not named in the handler's rows`)
    }
    return {
      isLocked: (table, key) => named.has(`${table.name}/${key}`),
      get: (table, key) => {
        check(table, key, true)
        return this.#rowsOf(table).get(key)
      },
      put: (table, row) => {
        const key = String((row as Readonly<Record<string, unknown>>)[table.key])
        check(table, key, false)
        this.#rowsOf(table).set(key, row)
      },
      delete: (table, key) => {
        check(table, key, false)
        this.#rowsOf(table).delete(key)
      },
    }
  }
}

export const charged: CallResult = {
  call: 'charge',
  outcome: { kind: 'charged', reference: 'ref-charge', amount: AMOUNT },
}
export const declined: CallResult = { call: 'charge', outcome: { kind: 'refused', reason: 'the card was declined' } }
export const unknown: CallResult = { call: 'again', outcome: { kind: 'unknown', reason: 'no answer' } }
export const voided: CallResult = { call: 'void', outcome: { kind: 'voided' } }
export const foundCharged: CallResult = {
  call: 'void',
  outcome: { kind: 'charged', reference: 'ref-charge', amount: AMOUNT },
}
export const refunded: CallResult = { call: 'refund', outcome: { kind: 'refunded', reference: 'ref-refund' } }
export const refundRefused: CallResult = { call: 'refund', outcome: { kind: 'refused', reason: 'not now' } }

import type { Clock, Store } from '@skald/messaging'
import type {
  CancelCall,
  CancelOutcome,
  ChargeCall,
  ChargeOutcome,
  Gateway,
  RefundCall,
  RefundOutcome,
} from '../gateway.ts'
import { type Books, GroupCommit } from './group-commit.ts'
import { decideCancel, decideCharge, decideRefund } from './rules.ts'
import type { Chance } from './tokens.ts'

/** A call to this machine's own database is answered in milliseconds; what takes this long is lost. */
const TIME_LIMIT_MS = 3_000
/** A slow charge is waited for this long within one call; a longer wait is given back, and asked again when it is over. */
const PATIENCE_MS = 2_000

export interface SimulatedGatewayOptions extends Chance {
  /** The gateway's own, never one that payment-service writes by: its commits are apart from those of its caller. */
  readonly store: Store
  readonly clock: Clock
}

/** A gateway that charges nobody, keeps its books in PostgreSQL and behaves by token, see tokens.ts. */
export class SimulatedGateway implements Gateway {
  readonly timeLimitMs = TIME_LIMIT_MS
  readonly #group: GroupCommit
  readonly #clock: Clock
  readonly #chance: Chance

  constructor({ store, clock, successRate }: SimulatedGatewayOptions) {
    this.#group = new GroupCommit(store)
    this.#clock = clock
    this.#chance = { successRate }
  }

  async charge(call: ChargeCall): Promise<ChargeOutcome> {
    let fresh = true
    for (;;) {
      const answer = await this.#chargeOnce(call, fresh)
      fresh = false
      if (answer === 'silence') return silence(call.signal)
      if (answer.kind !== 'pending' || answer.afterMs > PATIENCE_MS || call.signal.aborted) return answer
      await this.#wait(answer.afterMs, call.signal)
    }
  }

  async cancel(call: CancelCall): Promise<CancelOutcome> {
    const { chargeKey } = call
    const decide = ({ charge, nowMs }: Books) => decideCancel(charge, call, nowMs)
    const answer = await this.#group.run({ chargeKey, decide })
    return answer === 'silence' ? silence(call.signal) : answer
  }

  async refund(call: RefundCall): Promise<RefundOutcome> {
    const { chargeKey, key } = call
    const decide = ({ charge, refund, nowMs }: Books) => decideRefund(charge, refund, call, nowMs)
    const answer = await this.#group.run({ chargeKey, refundKey: key, decide })
    return answer === 'silence' ? silence(call.signal) : answer
  }

  /** Resolves when the books are written; for a stop. */
  idle(): Promise<void> {
    return this.#group.idle()
  }

  #chargeOnce(call: ChargeCall, fresh: boolean): Promise<ChargeOutcome | 'silence'> {
    const decide = ({ charge, nowMs }: Books) => decideCharge(charge, call, nowMs, this.#chance)
    return this.#group.run({ chargeKey: call.key, fresh, decide })
  }

  #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(delayMs, resolve)
      signal.addEventListener('abort', () => {
        cancel()
        resolve()
      })
    })
  }
}

/** No answer: the call costs nothing more until its caller gives up, and then ends with it. */
const silence = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const giveUp = () => reject(new Error('nobody waits for the answer any more'))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })

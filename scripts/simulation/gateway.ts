import {
  type Answered,
  decideCancel,
  decideCharge,
  decideRefund,
  type Gateway,
  type GatewayCharge,
  type GatewayRefund,
} from '@skald/payment-service'
import type { About, Life, Simulation } from '@skald/testing/simulation'

/** The simulated gateway as a party of its own: its rules are the real ones, its books outlive every process. */
export class GatewayBooks {
  readonly charges = new Map<string, GatewayCharge>()
  readonly refunds = new Map<string, GatewayRefund>()
  readonly #sim: Simulation

  constructor(sim: Simulation) {
    this.#sim = sim
  }

  /** The gateway as one process reaches it: requests and answers may be lost or late, on their way. */
  reachedBy(life: Life, timeLimitMs: number): Gateway {
    const nowMs = (): number => Math.floor(this.#sim.time.nowMs)
    return {
      timeLimitMs,
      charge: (call) =>
        this.#ask(life, call.key, call.key, undefined, () =>
          decideCharge(this.charges.get(call.key), call, nowMs(), { successRate: 1 }),
        ),
      cancel: (call) =>
        this.#ask(life, call.key, call.chargeKey, undefined, () =>
          decideCancel(this.charges.get(call.chargeKey), call, nowMs()),
        ),
      refund: (call) =>
        this.#ask(life, call.key, call.chargeKey, call.key, () =>
          decideRefund(this.charges.get(call.chargeKey), this.refunds.get(call.key), call, nowMs()),
        ),
    }
  }

  #ask<Outcome>(
    life: Life,
    name: string,
    chargeKey: string,
    refundKey: string | undefined,
    decide: () => Answered<Outcome>,
  ): Promise<Outcome> {
    const { time, faults, trace } = this.#sim
    const point = this.#sim.point(life.name, 'calls the gateway:', name.slice(name.indexOf('/') + 1))
    const about = (): About => ({ event: `gateway ${name.split('/')[1]}`, whose: name.slice(0, name.indexOf('/')) })
    const send = ({ resolve }: { readonly resolve: (outcome: Outcome) => void }): void => {
      if (faults.strike('gateway-request-lost', point, about)) return
      const slowMs = faults.strike('gateway-slow', point, about) ? point.between('slow', 100, 5_000) : 0
      trace.note(life.name, 'gateway', name)
      time.effect(point.between('way', 2, 20) + slowMs, () => {
        const { outcome, charge, refund } = decide()
        if (charge) this.charges.set(chargeKey, charge)
        if (refund && refundKey !== undefined) this.refunds.set(refundKey, refund)
        if (outcome === 'silence' || faults.strike('gateway-answer-lost', point, about)) return
        trace.note('gateway', life.name, `${name}: ${kindOf(outcome)}`)
        time.after(1, () => resolve(outcome))
      })
    }
    return life.call(point, send, about)
  }
}

const kindOf = (outcome: unknown): string =>
  typeof outcome === 'object' && outcome !== null && 'kind' in outcome ? String(outcome.kind) : ''

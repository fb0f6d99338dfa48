import type { Logger, Metrics } from '@skald/service'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { CallsObserver } from './calls.ts'

/** From a call within the data centre to one that was given up. */
const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

/** Counts and times the calls to the gateway. Keys reach the log only, where they name a call that is late. */
export const callMetrics = ({ registry }: Metrics, logger: Logger): CallsObserver => {
  const registers = [registry]
  const calls = new Counter({
    name: 'skald_gateway_calls_total',
    help: 'Calls to the payment gateway that came back, by kind of call and outcome',
    labelNames: ['call', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'skald_gateway_call_seconds',
    help: 'Time of one call to the payment gateway',
    labelNames: ['call'],
    buckets: CALL_SECONDS,
    registers,
  })
  const underWay = new Gauge({
    name: 'skald_gateway_calls_in_flight',
    help: 'Calls to the payment gateway under way',
    registers,
  })
  const leftToLease = new Counter({
    name: 'skald_gateway_calls_left_to_lease_total',
    help: 'Calls without a place, or whose result could not be stored: made again when their lease ran out',
    registers,
  })
  return {
    returned({ kind, key, attempts }, outcome, durationMs) {
      calls.inc({ call: kind, outcome: outcome.kind })
      seconds.observe({ call: kind }, durationMs / 1_000)
      if (outcome.kind === 'unknown') logger.debug({ key, attempts, reason: outcome.reason }, 'a call is made again')
    },
    inFlight: (count) => underWay.set(count),
    leftToLease(key, why) {
      leftToLease.inc()
      logger.warn({ key, err: why }, 'a gateway call is left to its lease')
    },
  }
}

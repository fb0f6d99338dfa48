const WITHOUT_NUMBER = /^sim_(?:approved|declined|silent|lost_reply)$/
const WITH_NUMBER = /^sim_(slow|flaky|refund_fails)_(0|[1-9][0-9]{0,8})$/
const MAX_SLOW_MS = 600_000

const isSimulated = (token: string): boolean => {
  const [, name, number] = WITH_NUMBER.exec(token) ?? []
  if (name === undefined) return WITHOUT_NUMBER.test(token)
  return name !== 'slow' || Number(number) <= MAX_SLOW_MS
}

/** What is wrong with a means of payment for the gateway in use; undefined when nothing is. */
export const paymentMethodFault = (token: string, useSimulatedPayment: boolean): string | undefined => {
  if (useSimulatedPayment) {
    if (isSimulated(token)) return undefined
    return (
      'must be a token of the simulated gateway: sim_approved, sim_declined, sim_slow_<ms>, sim_flaky_<n>, sim_silent, ' +
      `sim_lost_reply or sim_refund_fails_<n>; ms at most ${MAX_SLOW_MS}`
    )
  }
  return token.startsWith('sim_') ? 'must be a token of the real gateway: sim_ tokens pay nothing' : undefined
}

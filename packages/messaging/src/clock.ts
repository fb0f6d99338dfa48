/** Time for waiting only; what is due is decided by the database's clock. Injected, so that a simulation can own it. */
export interface Clock {
  /** Milliseconds, for measuring durations. */
  nowMs(): number
  /** Calls back once after `delayMs`; the returned function cancels. */
  after(delayMs: number, then: () => void): () => void
}

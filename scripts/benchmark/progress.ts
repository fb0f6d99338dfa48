const startedMs = performance.now()

/** One line about what goes on, with the seconds since the start; apart from the result, which goes to stdout. */
export const say = (text: string): void => {
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0)
  process.stderr.write(`${seconds.padStart(5)} s  ${text}\n`)
}

/** Minutes of silence look like a hang: calls `line` for something to say until the returned function is called. */
export const sayEvery = (everyMs: number, line: () => string): (() => void) => {
  const timer = setInterval(() => say(line()), everyMs)
  return () => clearInterval(timer)
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Lines of one text that are written within a window: enough to see what it is about. */
const MAX_LINES = 20
const WINDOW_MS = 10_000

interface Window {
  readonly sinceMs: number
  written: number
  unwritten: number
}

/**
 * Bounds what an outage says of every request, message and task it meets: thousands of lines a second, each with a stack,
 * would bury the one that says why. How many were left out is told with the next line of that text that is written.
 *
 * Texts are constants of the program, so there are few of them; what differs is in the fields.
 */
export class Repetition {
  readonly #windows = new Map<string, Window>()

  /** How many lines of this text were left out before this one; undefined when this one is to be left out, too. */
  admit(text: string, nowMs: number): number | undefined {
    const known = this.#windows.get(text)
    const window = known && nowMs - known.sinceMs < WINDOW_MS ? known : { sinceMs: nowMs, written: 0, unwritten: 0 }
    const unwritten = known?.unwritten ?? 0
    if (window !== known) this.#windows.set(text, window)
    if (window.written === MAX_LINES) {
      window.unwritten += 1
      return undefined
    }
    window.written += 1
    return window === known ? 0 : unwritten
  }
}

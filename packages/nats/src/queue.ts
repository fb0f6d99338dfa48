/** Taken entries stay in the array until so many have gathered: shifting one by one would copy the rest each time. */
const COMPACT_AT = 1_024

/** First in, first out. */
export class Queue<Entry> {
  #entries: Entry[] = []
  #next = 0

  get size(): number {
    return this.#entries.length - this.#next
  }

  push(entry: Entry): void {
    this.#entries.push(entry)
  }

  shift(): Entry | undefined {
    const entry = this.#entries[this.#next]
    if (entry === undefined) return undefined
    this.#next++
    if (this.#next === this.#entries.length || this.#next >= COMPACT_AT) {
      this.#entries = this.#entries.slice(this.#next)
      this.#next = 0
    }
    return entry
  }

  /** Takes all. */
  drain(): Entry[] {
    const rest = this.#entries.slice(this.#next)
    this.#entries = []
    this.#next = 0
    return rest
  }
}

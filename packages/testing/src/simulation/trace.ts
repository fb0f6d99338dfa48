/** Something that happened, for a person: who, to whom, what. */
export interface Line {
  readonly atMs: number
  readonly from: string
  readonly to: string
  readonly text: string
}

/** What happened, as a digest that two runs of one seed must share, and in words when somebody will read them. */
export class Trace {
  readonly lines: Line[] = []
  readonly #recording: boolean
  readonly #elapsedMs: () => number
  #digest = 0x811c9dc5

  constructor(elapsedMs: () => number, recording: boolean) {
    this.#elapsedMs = elapsedMs
    this.#recording = recording
  }

  note(from: string, to: string, text: string): void {
    const atMs = this.#elapsedMs()
    let digest = Math.imul(this.#digest ^ Math.round(atMs * 1_000), 0x01000193)
    for (let at = 0; at < from.length; at++) digest = Math.imul(digest ^ from.charCodeAt(at), 0x01000193)
    for (let at = 0; at < text.length; at++) digest = Math.imul(digest ^ text.charCodeAt(at), 0x01000193)
    this.#digest = digest
    if (this.#recording) this.lines.push({ atMs, from, to, text })
  }

  get digest(): string {
    return (this.#digest >>> 0).toString(16).padStart(8, '0')
  }
}

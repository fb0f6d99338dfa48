/** One whole message of a protocol, and where it lies in the chunk that completed it. */
export interface Frame {
  readonly bytes: Buffer
  /** Where it starts in the chunk; 0 when it began in an earlier one, whose bytes have gone on. */
  readonly start: number
  readonly end: number
}

/** Length of the message at the start of these bytes; undefined while too few of them are known. */
export type Measure = (bytes: Buffer) => number | undefined

/** Above every message of ours: a broker's limit is 1 MiB, a batch of 500 rows has less than this. */
const MAX_FRAME_BYTES = 32 * 1_048_576

/** Cuts one direction of a connection into messages, whatever chunks it comes in. Keeps at most one that is not whole. */
export class Frames {
  readonly #measure: Measure
  #rest: Buffer = Buffer.alloc(0)

  constructor(measure: Measure) {
    this.#measure = measure
  }

  *of(chunk: Buffer): Generator<Frame> {
    const known = this.#rest.length
    const bytes = known === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (;;) {
      const rest = bytes.subarray(at)
      const length = rest.length === 0 ? undefined : this.#measure(rest)
      if ((length ?? rest.length) > MAX_FRAME_BYTES) throw new Error(`a message of ${length ?? rest.length} bytes`)
      if (length === undefined || length > rest.length) {
        this.#rest = rest
        return
      }
      yield { bytes: rest.subarray(0, length), start: Math.max(0, at - known), end: at + length - known }
      at += length
    }
  }
}

/** The first five words of an array as the server receives it: dimensions, whether it holds nulls, element type, size, lower bound. */
const HEADER_BYTES = 20
const TEXT_OID = 25
const NULL_LENGTH = -1
/** What one code unit of a string takes in UTF-8, at most. */
const MAX_BYTES_A_UNIT = 3
const FIRST_BYTES = 65_536

/**
 * Arrays of text in the server's binary form: a length before each element instead of quotes around it, so that nobody
 * escapes, and the server neither unescapes nor looks for the end. JSON, nearly all quotes, gains most.
 *
 * All arrays of one transaction lie in one buffer, which is used again by the next transaction of the connection: what
 * was made before `reset` must have been sent by then.
 */
export class TextArrays {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #at = 0

  reset(): void {
    this.#at = 0
  }

  of(texts: readonly (string | null)[]): Buffer {
    const start = this.#reserve(texts)
    const buffer = this.#buffer
    let hasNull = 0
    let at = start + HEADER_BYTES
    for (const text of texts) {
      if (text === null) {
        hasNull = 1
        at = buffer.writeInt32BE(NULL_LENGTH, at)
      } else {
        const length = buffer.write(text, at + 4)
        at = buffer.writeInt32BE(length, at) + length
      }
    }
    buffer.writeInt32BE(1, start)
    buffer.writeInt32BE(hasNull, start + 4)
    buffer.writeInt32BE(TEXT_OID, start + 8)
    buffer.writeInt32BE(texts.length, start + 12)
    buffer.writeInt32BE(1, start + 16)
    this.#at = at
    return buffer.subarray(start, at)
  }

  /** Makes sure that the longest that these texts can become fits. Arrays made earlier stay where they are. */
  #reserve(texts: readonly (string | null)[]): number {
    let most = HEADER_BYTES + 4 * texts.length
    for (const text of texts) if (text !== null) most += text.length * MAX_BYTES_A_UNIT
    if (this.#at + most > this.#buffer.length) {
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(most, 2 * this.#buffer.length))
      this.#at = 0
    }
    return this.#at
  }
}

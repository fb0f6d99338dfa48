import type { Socket } from 'node:net'

/** What happens to bytes on their way in one direction; changed while they travel. */
export interface Conditions {
  delayMs: number
  /** A black hole: nothing arrives, and nobody is told. */
  isHeld: boolean
}

/** Looks at bytes before they go on. A number ends the connection behind so many of them; the rest never arrives. */
export type Look = (bytes: Buffer) => number | undefined

/** Bytes kept for later, at most, but for the chunk that exceeds it; then the sender has to wait, as with a full window. */
const MAX_KEPT_BYTES = 1_048_576

interface Kept {
  readonly dueMs: number
  /** Without bytes: the sender has ended its half. */
  readonly bytes?: Buffer
}

/** One direction of a connection. */
export class Lane {
  readonly #from: Socket
  readonly #to: Socket
  readonly #conditions: Readonly<Conditions>
  readonly #kept: Kept[] = []
  #keptBytes = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isOver = false
  #isLost = false

  constructor(from: Socket, to: Socket, conditions: Readonly<Conditions>, look: Look) {
    this.#from = from
    this.#to = to
    this.#conditions = conditions
    from.on('data', (bytes) => this.#take(bytes, look))
    from.on('end', () => this.#end())
    from.on('close', (hadError) => {
      this.#isLost ||= hadError
      this.pass()
    })
    to.on('drain', () => this.pass())
    to.on('close', () => this.pass())
    this.pass()
  }

  /** Lets go on what may go on by now; called again when the conditions have changed. */
  pass(): void {
    clearTimeout(this.#timer)
    if (this.#to.destroyed) this.#drop()
    if (!this.#conditions.isHeld) this.#passDue()
    this.#pace()
  }

  #take(bytes: Buffer, look: Look): void {
    if (this.#isOver) return
    const length = look(bytes)
    this.#keep(length === undefined ? bytes : bytes.subarray(0, length))
    if (length !== undefined) {
      this.#end()
      this.#from.resetAndDestroy()
    }
    this.pass()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#keep()
    this.pass()
  }

  #keep(bytes?: Buffer): void {
    const dueMs = performance.now() + this.#conditions.delayMs
    this.#kept.push(bytes ? { dueMs, bytes } : { dueMs })
    this.#keptBytes += bytes?.length ?? 0
  }

  #passDue(): void {
    const nowMs = performance.now()
    for (let next = this.#kept[0]; next && !this.#to.writableNeedDrain; next = this.#kept[0]) {
      // A delay that was taken back holds nothing back any more.
      if (this.#conditions.delayMs > 0 && next.dueMs > nowMs) {
        this.#timer = setTimeout(() => this.pass(), next.dueMs - nowMs)
        return
      }
      this.#kept.shift()
      this.#keptBytes -= next.bytes?.length ?? 0
      if (next.bytes) this.#to.write(next.bytes)
      else this.#to.end()
    }
    if (this.#isLost && !this.#isOver) this.#to.resetAndDestroy()
  }

  /** Nobody is left to take it. What still comes is read and forgotten, so that its end is seen. */
  #drop(): void {
    this.#kept.length = 0
    this.#keptBytes = 0
  }

  /** Bytes that cannot go on stay where they are: in the sender's and the kernel's buffers. */
  #pace(): void {
    const mustWait =
      this.#conditions.isHeld ||
      this.#keptBytes >= MAX_KEPT_BYTES ||
      (this.#to.writableNeedDrain && !this.#to.destroyed)
    if (mustWait) this.#from.pause()
    else this.#from.resume()
  }
}

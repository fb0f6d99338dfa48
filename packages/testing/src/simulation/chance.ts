/*
 * Chance by name: what is drawn at a point depends on the seed and the point's name alone, never on what was drawn before.
 * So a run with one fault less draws everything else as before, and a failing seed can be shrunk to the faults that matter.
 */

const scramble = (bits: number): number => {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const mix = (one: number, other: number): number => scramble(Math.imul(one, 0x01000193) ^ other)

/** Words are few and come again and again. */
const known = new Map<string, number>()
const hashOf = (word: string): number => {
  let hash = known.get(word)
  if (hash === undefined) {
    hash = 0x811c9dc5
    for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
    hash = scramble(hash)
    if (known.size < 10_000) known.set(word, hash)
  }
  return hash
}

/** A moment at which something is drawn, under a name that is the same in every run in which it comes. */
export class Point {
  readonly #hash: number
  readonly #name: () => string

  constructor(hash: number, name: () => string) {
    this.#hash = hash
    this.#name = name
  }

  get name(): string {
    return this.#name()
  }

  /** A moment that belongs to this one. */
  at(what: string): Point {
    return new Point(mix(this.#hash, hashOf(what)), () => `${what} of ${this.name}`)
  }

  /** A number of [0, 1). */
  of(what: string): number {
    return mix(this.#hash, hashOf(what)) / 4_294_967_296
  }

  between(what: string, low: number, high: number): number {
    return low + this.of(what) * (high - low)
  }

  whole(what: string, low: number, high: number): number {
    return low + Math.floor(this.of(what) * (high - low + 1))
  }

  pick<T>(what: string, from: readonly T[]): T {
    const found = from[Math.floor(this.of(what) * from.length)]
    if (found === undefined) throw new Error(`nothing to pick from for ${what} of ${this.name}`)
    return found
  }

  /** 32 hex digits. */
  hex(what: string): string {
    let text = ''
    for (let part = 1; part <= 4; part++) {
      text += mix(mix(this.#hash, hashOf(what)), part)
        .toString(16)
        .padStart(8, '0')
    }
    return text
  }
}

interface Label {
  readonly hash: number
  count: number
  parts: Map<string, Label> | undefined
}

/** Gives each point its name: what it is about, and how often that came before. */
export class Points {
  readonly #root: Label

  constructor(seed: number) {
    this.#root = { hash: scramble(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995), count: 0, parts: undefined }
  }

  /** The point of the run as a whole. */
  get run(): Point {
    return new Point(this.#root.hash, () => 'the run')
  }

  next(...words: readonly string[]): Point {
    let label = this.#root
    for (const word of words) {
      let part = label.parts?.get(word)
      if (!part) {
        part = { hash: mix(label.hash, hashOf(word)), count: 0, parts: undefined }
        label.parts ??= new Map()
        label.parts.set(word, part)
      }
      label = part
    }
    const ordinal = ++label.count
    return new Point(mix(label.hash, ordinal), () => `${words.join(' ')} #${ordinal}`)
  }
}

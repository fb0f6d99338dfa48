/** A hash of a text and a seed, 32 bits: FNV-1a with murmur's finalizer, since FNV alone barely mixes the last characters. */
const hashOf = (text: string, seed: number): number => {
  let hash = 0x811c9dc5 ^ seed
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * Chance by name: what is drawn depends on the seed and the name of the point alone, never on what was drawn before. So a
 * run with one fault less draws everything else as before, and a failing seed can be shrunk to the faults that matter.
 */
export class Chance {
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = Math.imul(seed ^ (seed >>> 15), 0x9e3779b1) ^ 0x5bd1e995
  }

  /** A number of [0, 1). */
  of(name: string): number {
    return hashOf(name, this.#seed) / 4_294_967_296
  }

  between(name: string, low: number, high: number): number {
    return low + this.of(name) * (high - low)
  }

  whole(name: string, low: number, high: number): number {
    return low + Math.floor(this.of(name) * (high - low + 1))
  }

  pick<T>(name: string, from: readonly T[]): T {
    const found = from[Math.floor(this.of(name) * from.length)]
    if (found === undefined) throw new Error(`nothing to pick from for ${name}`)
    return found
  }

  /** 32 hex digits. */
  hex(name: string): string {
    let text = ''
    for (let part = 0; part < 4; part++) text += hashOf(`${name}/${part}`, this.#seed).toString(16).padStart(8, '0')
    return text
  }
}

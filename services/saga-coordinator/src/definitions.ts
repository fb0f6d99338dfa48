import type { Definition } from '@skald/saga'

/** The definitions this process can run, by name and version; and which message types concern which of them. */
export class Definitions {
  readonly all: readonly Definition[]
  readonly #byVersion: ReadonlyMap<string, Definition>
  readonly #starting: ReadonlyMap<string, Definition>

  constructor(all: readonly Definition[]) {
    this.all = all
    this.#byVersion = new Map(all.map((definition) => [`${definition.name}@${definition.version}`, definition]))
    const newestLast = [...all].sort((a, b) => a.version - b.version)
    this.#starting = new Map(newestLast.map((definition) => [definition.startedBy, definition]))
  }

  get(name: string, version: number): Definition | undefined {
    return this.#byVersion.get(`${name}@${version}`)
  }

  /** The newest definition that a message of this type starts. */
  startedBy(type: string): Definition | undefined {
    return this.#starting.get(type)
  }

  /** The newest version of a name. */
  newest(name: string): Definition | undefined {
    return this.versions(name).at(-1)
  }

  /** Of a name, the newest last. */
  versions(name: string): readonly Definition[] {
    return this.all.filter((definition) => definition.name === name).sort((a, b) => a.version - b.version)
  }

  get names(): readonly string[] {
    return [...new Set(this.all.map(({ name }) => name))]
  }

  /** Every message type that some definition listens to. */
  get types(): readonly string[] {
    return [...new Set(this.all.flatMap(({ startedBy, hears }) => [startedBy, ...hears]))]
  }

  /** Types that come from outside, at any time: also before their saga has started. */
  mayComeEarly(type: string): boolean {
    return this.all.some(({ listensTo }) => listensTo.includes(type))
  }
}

/** A guard taken out of the real source: a text of a file, and what stands there instead. */
export interface PlantedBug {
  readonly name: string
  readonly changes: readonly {
    readonly file: string
    /** Found exactly once in the file. */
    readonly find: string
    readonly replace: string
  }[]
}

export const bug = (name: string, file: string, find: string, replace: string): PlantedBug => ({
  name,
  changes: [{ file, find, replace }],
})

/** Two guards that make good for each other: only without both something is broken. */
export const pair = (name: string, ...parts: readonly PlantedBug[]): PlantedBug => ({
  name,
  changes: parts.flatMap(({ changes }) => changes),
})

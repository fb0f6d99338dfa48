/** An edge of the walked graph, to a node by index. */
export interface Arc {
  readonly to: number
  /** A person or somebody outside made it happen: a road may go round as long as they like. */
  readonly outside: boolean
}

/**
 * A node on a cycle that needs nobody from outside, or undefined. Depth first with an explicit stack: roads are longer
 * than the call stack allows.
 */
export const findLoop = (arcs: readonly (readonly Arc[])[]): number | undefined => {
  const IN_PROGRESS = 1
  const DONE = 2
  const marks = new Uint8Array(arcs.length)
  for (let root = 0; root < arcs.length; root += 1) {
    if (marks[root] !== 0) continue
    const stack: { node: number; next: number }[] = [{ node: root, next: 0 }]
    marks[root] = IN_PROGRESS
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const arc = arcs[top.node]?.[top.next]
      top.next += 1
      if (arc === undefined) {
        marks[top.node] = DONE
        stack.pop()
      } else if (!arc.outside) {
        if (marks[arc.to] === IN_PROGRESS) return arc.to
        if (marks[arc.to] === 0) {
          marks[arc.to] = IN_PROGRESS
          stack.push({ node: arc.to, next: 0 })
        }
      }
    }
  }
  return undefined
}

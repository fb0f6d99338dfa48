import type { Chart, ChartNode } from './chart.ts'
import type { StateValue } from './state.ts'

/** The paths of the innermost states of a value: `refunding.asking`. */
export const leavesOf = (value: StateValue): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : Object.entries(value).flatMap(([key, inner]) => {
        const inside = leavesOf(inner)
        return inside.length === 0 ? [key] : inside.map((path) => `${key}.${path}`)
      })

/** The value of which these are the innermost states, or why there is none. */
export const valueAt = (
  { root, nodes }: Chart,
  paths: readonly string[],
): { readonly value: StateValue } | { readonly faults: readonly string[] } => {
  const faults = paths.flatMap((path) => faultsOf(nodes.get(path), path))
  if (faults.length > 0) return { faults }
  const value = valueIn(root, paths, faults)
  return faults.length > 0 ? { faults } : { value }
}

const faultsOf = (node: ChartNode | undefined, path: string): readonly string[] => {
  if (!node) return [`there is no state ${path}`]
  if (node.children.length > 0)
    return [`${path} is no innermost state: name ${node.children.map((child) => child.path).join(', ')}`]
  return node.type === 'final' && node.parent === '' ? [`${path} is an end, and the saga lives`] : []
}

const valueIn = (node: ChartNode, paths: readonly string[], faults: string[]): StateValue => {
  const isEntered = ({ path }: ChartNode): boolean => paths.some((each) => each === path || each.startsWith(`${path}.`))
  const entered = node.children.filter(isEntered)
  const wanted = node.type === 'parallel' ? node.children.length : 1
  if (entered.length !== wanted) faults.push(whyNone(node, entered))
  const [only] = entered
  if (node.type !== 'parallel' && only?.children.length === 0) return only.key
  return Object.fromEntries(
    entered.map((child) => [child.key, child.children.length === 0 ? {} : valueIn(child, paths, faults)]),
  )
}

const whyNone = ({ path, type, children }: ChartNode, entered: readonly ChartNode[]): string => {
  const name = path === '' ? 'the saga' : path
  return type === 'parallel'
    ? `${name} is in all of ${children.map((child) => child.key).join(', ')} at once`
    : `${name} cannot be in ${entered.map((child) => child.key).join(' and ')} at once`
}

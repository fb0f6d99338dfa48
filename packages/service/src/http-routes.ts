import { Problem } from './problem.ts'

export interface KnownRoute {
  readonly methods: readonly string[]
  /** The pattern: `/orders/:orderId`. */
  readonly url: string
}

/** `/orders/:orderId` fits `/orders/7`; only ever run for requests that fit no route. */
function fits(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.at(-1) === '*') return given.length >= wanted.length && fitsParts(wanted.slice(0, -1), given)
  return wanted.length === given.length && fitsParts(wanted, given)
}

function fitsParts(wanted: readonly string[], given: readonly string[]): boolean {
  return wanted.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]))
}

/** 405 with `Allow` when the URL is known by other methods, else 404. */
export function notFoundProblem(routes: readonly KnownRoute[], request: { method: string; url: string }): Problem {
  const path = request.url.split('?', 1)[0] ?? ''
  const methods = new Set(routes.filter(({ url }) => fits(url, path)).flatMap((route) => route.methods))
  // A route for the very method can say "not found" as well: it served files, and there is none of this name.
  if (methods.size === 0 || methods.has(request.method))
    return new Problem('not-found', { detail: 'See /docs for what there is.' })
  const allow = [...methods].sort().join(', ')
  return new Problem('method-not-allowed', { detail: `It takes ${allow}.`, headers: { allow } })
}

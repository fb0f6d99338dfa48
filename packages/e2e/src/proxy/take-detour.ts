/*
 * Points a service to its proxies, before it reads its configuration: `dev` tells every service the same addresses, and
 * a system in use has no reason to tell them others. In any other program it does nothing.
 */

type Detour = readonly [service: string, from: number, to: number]

const detours = JSON.parse(process.env['E2E_DETOURS'] ?? '[]') as readonly Detour[]
const service = /services[/\\]([\w-]+)[/\\]src[/\\]main\.ts$/.exec(process.argv[1] ?? '')?.[1]
const own = new Map(detours.filter(([name]) => name === service).map(([, from, to]) => [String(from), String(to)]))

for (const [name, value] of own.size > 0 ? Object.entries(process.env) : []) {
  const url = name.endsWith('_URL') && value ? URL.parse(value) : null
  const port = url && own.get(url.port)
  if (!url || !port) continue
  url.port = port
  process.env[name] = url.href
}

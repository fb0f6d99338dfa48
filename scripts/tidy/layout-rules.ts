import { z } from 'zod'
import { everyMatch, type Fault, fileRule, type Rule, type SourceFile } from './rule.ts'

const manifest = z.looseObject({
  name: z.string(),
  type: z.literal('module'),
  private: z.literal(true),
  license: z.literal('MIT'),
  exports: z.record(z.string(), z.record(z.string(), z.string())),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
})

const isManifest = (path: string) => /^(packages|services)\/[^/]+\/package\.json$/.test(path)

const manifests = fileRule('manifests have one form', isManifest, ({ path, text }) => {
  const parsed = manifest.safeParse(JSON.parse(text))
  if (!parsed.success) return [{ path, line: 1, says: z.prettifyError(parsed.error) }]
  const { name, exports, dependencies, devDependencies } = parsed.data
  const faults: string[] = []
  if (name !== `@skald/${path.split('/')[1]}`) faults.push(`the name ${name} is not that of the folder`)
  for (const [door, targets] of Object.entries(exports)) {
    if (Object.keys(targets).join() !== '@skald/source,types,default') {
      faults.push(`the door ${door} must say @skald/source, types and default, in this order`)
    }
  }
  for (const [library, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    if (library.startsWith('@skald/') && version !== 'workspace:*') faults.push(`${library} must be workspace:*`)
  }
  return faults.map((says) => ({ path, line: 1, says }))
})

/** A version that two packages name is written once, or they drift apart. */
const oneVersion: Rule = {
  name: 'one version of each library',
  check: (files) => {
    const seen = new Map<string, { version: string; path: string }>()
    return files
      .filter(({ path }) => isManifest(path) || path === 'package.json')
      .flatMap(({ path, text }) => {
        const { dependencies = {}, devDependencies = {} } = JSON.parse(text) as Record<string, Record<string, string>>
        return Object.entries({ ...dependencies, ...devDependencies }).flatMap(([library, version]): Fault[] => {
          const first = seen.get(library) ?? { version, path }
          seen.set(library, first)
          if (first.version === version) return []
          return [
            {
              path,
              line: 1,
              says: `${library} is ${version} here and ${first.version} in ${first.path}: use the catalog`,
            },
          ]
        })
      })
  },
}

const dependenciesAreUsed: Rule = {
  name: 'every dependency is used',
  check: (files) =>
    files
      .filter(({ path }) => isManifest(path))
      .flatMap(({ path, text }) => {
        const folder = path.slice(0, -'package.json'.length)
        const sources = files
          .filter((file) => file.path.startsWith(folder) && file.path.endsWith('.ts'))
          .map((file) => file.text)
        const { dependencies = {}, devDependencies = {} } = JSON.parse(text) as Record<string, Record<string, string>>
        return Object.keys({ ...dependencies, ...devDependencies })
          .filter((library) => !library.startsWith('@types/') && !PEERS.includes(library))
          .filter(
            (library) => !sources.some((source) => source.includes(`'${library}'`) || source.includes(`'${library}/`)),
          )
          .map((library) => ({ path, line: 1, says: `${library} is not imported here: remove it` }))
      }),
}

/** Needed by another library beside it, imported by nobody. */
const PEERS = ['openapi-types', '@fastify/swagger', '@prisma/client', 'vitest', 'xstate']

const references: Rule = {
  name: 'every package is compiled',
  check: (files) => {
    const wanted = files
      .filter(({ path }) => isManifest(path))
      .map(({ path }) => path.slice(0, -'/package.json'.length))
    return files
      .filter(({ path }) => path === 'tsconfig.json' || path === 'tsconfig.tests.json')
      .flatMap(({ path, text }) => {
        const named = [...text.matchAll(/"path": "((?:packages|services)\/[^"]+)"/g)].map((match) => match[1] ?? '')
        const missing = wanted
          .filter((folder) => !named.includes(folder))
          .map((folder) => `${folder} is missing in references`)
        const extra = named.filter((folder, at) => !wanted.includes(folder) || named.indexOf(folder) !== at)
        return [...missing, ...extra.map((folder) => `${folder} does not belong in references`)].map((says) => ({
          path,
          line: 1,
          says,
        }))
      })
  },
}

/** What programs make, or what is private. */
export const notOurs = /(^|\/)(node_modules|dist|generated|coverage|\.skald)\/|(^|\/)\.env$|\.(log|tsbuildinfo)$/

const nothingGenerated: Rule = {
  name: 'nothing generated is committed',
  check: (files) =>
    files
      .filter(({ path }) => notOurs.test(path))
      .map(({ path }) => ({ path, line: 1, says: 'made by a program, or private: ignore it' })),
}

/** A door is a table of contents. */
const doors = fileRule(
  'doors only list',
  (path) => /^(packages|services)\/[^/]+\/src\/index\.ts$/.test(path),
  (file: SourceFile) =>
    everyMatch(
      file,
      /^(?!export |import |\s|\}|\/\/|\/\*|$).+/gm,
      () => 'a door re-exports by name and holds nothing itself',
    ),
)

const shellScripts = fileRule(
  'shell scripts are POSIX and careful',
  (path) => /^(scripts|\.ci)\/[\w-]+$/.test(path),
  ({ path, text }) => (text.startsWith('#!/bin/sh\n') ? [] : [{ path, line: 1, says: 'must begin with #!/bin/sh' }]),
)

export const layoutRules: readonly Rule[] = [
  manifests,
  oneVersion,
  dependenciesAreUsed,
  references,
  nothingGenerated,
  doors,
  shellScripts,
]

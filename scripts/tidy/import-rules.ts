import { posix } from 'node:path'
import { type Fault, isTest, isTypeScript, lineAt, type Rule, type SourceFile } from './rule.ts'

type Import = { readonly from: string; readonly to: string; readonly line: number }

/** Which of our packages a package's sources may import. Tests may import @skald/testing besides, from anywhere. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  saga: [],
  messaging: [],
  diagram: ['saga'],
  nats: ['messaging'],
  database: ['messaging'],
  service: ['messaging'],
  servers: [],
  host: ['contracts', 'database', 'messaging', 'nats', 'service'],
  e2e: ['contracts', 'messaging', 'servers', 'testing'],
  testing: ['contracts', 'database', 'diagram', 'host', 'messaging', 'nats', 'saga', 'servers', 'service'],
}

/** What a service may import; nats, servers and testing are not among it, and never another service. */
const OF_A_SERVICE = ['contracts', 'database', 'diagram', 'host', 'messaging', 'saga', 'service']

/** Libraries that one place has been chosen for; elsewhere its door is used. */
const CHOSEN: readonly (readonly [RegExp, RegExp])[] = [
  [/^(nats|@nats-io\/.*)$/, /^(packages\/(nats|testing|e2e)|scripts)\//],
  [/^xstate(\/.*)?$/, /^(packages\/(saga|diagram)|services\/saga-coordinator\/src\/sagas)\//],
  [/^@prisma\/.*$/, /^(packages\/database|prisma|scripts)\//],
  [
    /^pg$/,
    /^(packages\/(database|host|servers|testing|e2e)|scripts|services\/[^/]+\/src\/(store|payments\/simulated)\/)/,
  ],
]

/** Static imports begin a line, in formatted code; what looks like one elsewhere is text. */
const IMPORT = /^(?:(?:import|export|\})[^'\n]*\bfrom |import )'([^']+)'|\bimport\('([^']+)'\)/gm

export function importsOf({ path, text }: SourceFile): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => ({
    from: path,
    to: match[1] ?? match[2] ?? '',
    line: lineAt(text, match.index),
  }))
}

function allImports(files: readonly SourceFile[]): Import[] {
  return files.filter(({ path }) => isTypeScript(path) && isInWorkspace(path)).flatMap(importsOf)
}

const isInWorkspace = (path: string) => /^(packages|services|scripts|prisma)\//.test(path)

/** "packages/saga" of "packages/saga/src/step.ts". */
const unitOf = (path: string) => path.split('/').slice(0, 2).join('/')

const layers: Rule = {
  name: 'layers point inwards',
  check: (files) => {
    const services = new Set(
      files.filter(({ path }) => path.startsWith('services/')).map(({ path }) => path.split('/')[1]),
    )
    return allImports(files).flatMap(({ from, to, line }): Fault[] => {
      const target = /^@skald\/([\w-]+)/.exec(to)?.[1]
      if (target === undefined || from.startsWith('scripts/')) return []
      const unit = unitOf(from)
      const isAllowed = (allowedFor(unit) ?? []).includes(target) || isTestDependency(from, target, services)
      return isAllowed ? [] : [{ path: from, line, says: `${unit} may not import ${to}` }]
    })
  },
}

function allowedFor(unit: string): readonly string[] | undefined {
  const [kind, name = ''] = unit.split('/')
  return kind === 'services' ? OF_A_SERVICE : OURS[name]
}

/** A test may use the test support, what the support is made of, and its own package by name, but no other service. */
function isTestDependency(from: string, target: string, services: ReadonlySet<string | undefined>): boolean {
  if (!isTest(from)) return false
  return services.has(target) ? unitOf(from) === `services/${target}` || from.startsWith('packages/testing/') : true
}

const everyPackageHasLayers: Rule = {
  name: 'every package has its layer',
  check: (files) =>
    files
      .filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path))
      .filter(({ path }) => OURS[path.split('/')[1] ?? ''] === undefined)
      .map(({ path }) => ({ path, line: 1, says: 'say in scripts/tidy/import-rules.ts what this package may import' })),
}

const staysInside: Rule = {
  name: 'relative imports stay in their package',
  check: (files) =>
    allImports(files).flatMap(({ from, to, line }): Fault[] => {
      if (!to.startsWith('.')) return []
      const target = posix.normalize(posix.join(posix.dirname(from), to))
      // A script that runs on any Node goes through the door by its path: the name needs our export condition.
      const isInside = from.startsWith('scripts/')
        ? target.startsWith('scripts/') || /^packages\/[^/]+\/src\/index\.ts$/.test(target)
        : unitOf(target) === unitOf(from)
      return isInside ? [] : [{ path: from, line, says: `${to} lies in another package: import it by its name` }]
    }),
}

const chosenPlaces: Rule = {
  name: 'each library has its place',
  check: (files) =>
    allImports(files).flatMap(({ from, to, line }): Fault[] => {
      const chosen = CHOSEN.find(([library]) => library.test(to))
      if (chosen === undefined || isTest(from) || chosen[1].test(from)) return []
      return [{ path: from, line, says: `${to} is imported elsewhere only: use that package's door` }]
    }),
}

const isSource = (path: string) => /^(packages|services)\/[^/]+\/src\/.*\.ts$|^scripts\/.*\.ts$/.test(path)
const isEntry = (path: string) => isTest(path) || /\/(index|main|global-setup)\.ts$/.test(path)

const noDeadFiles: Rule = {
  name: 'every file is used',
  check: (files) => {
    const imported = new Set(
      allImports(files)
        .filter(({ to }) => to.startsWith('.'))
        .map(({ from, to }) => posix.normalize(posix.join(posix.dirname(from), to))),
    )
    // A script is named in a command, a worker thread in a string, a second door in the manifest.
    const isNamed = (path: string) => {
      const name = posix.basename(path)
      return files.some((file) => file.path !== path && file.text.includes(name))
    }
    return files
      .filter(({ path }) => isSource(path) && !isEntry(path) && !imported.has(path) && !isNamed(path))
      .map(({ path }) => ({ path, line: 1, says: 'nothing uses this file: use it or remove it' }))
  },
}

export const importRules: readonly Rule[] = [layers, everyPackageHasLayers, staysInside, chosenPlaces, noDeadFiles]

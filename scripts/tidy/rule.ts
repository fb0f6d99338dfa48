/** A file of the repository: its path from the root, with slashes, and its text. */
export type SourceFile = { readonly path: string; readonly text: string }

export type Fault = { readonly path: string; readonly line: number; readonly says: string }

/** A rule of the house. It sees all files at once, because some rules are about what lies where. */
export type Rule = { readonly name: string; readonly check: (files: readonly SourceFile[]) => readonly Fault[] }

/** A rule that looks at each of the chosen files by itself. */
export function fileRule(
  name: string,
  applies: (path: string) => boolean,
  check: (file: SourceFile) => readonly Fault[],
): Rule {
  return { name, check: (files) => files.filter(({ path }) => applies(path)).flatMap(check) }
}

/** One fault for each place at which the pattern matches; the pattern must be global. */
export function everyMatch({ path, text }: SourceFile, pattern: RegExp, says: (match: string) => string): Fault[] {
  return [...text.matchAll(pattern)].map((match) => ({ path, line: lineAt(text, match.index), says: says(match[0]) }))
}

/** The line number, from 1, of a place in a text. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

export const isTypeScript = (path: string) => path.endsWith('.ts')
export const isTest = (path: string) => path.endsWith('.test.ts') || /^(packages|services)\/[^/]+\/test\//.test(path)
export const isCode = (path: string) => /\.(ts|js|mjs|css|html|sql)$/.test(path)
/** Where rules are written down as text, they would find themselves. */
export const isRuleItself = (path: string) => path.startsWith('scripts/tidy/')

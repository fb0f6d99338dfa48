import { posix } from 'node:path'
import { type Fault, fileRule, lineAt, type Rule, type SourceFile } from './rule.ts'

const isMarkdown = (path: string) => path.endsWith('.md')

/** Prose without code blocks; every line stays where it is. */
function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ' '))
}

const links: Rule = {
  name: 'links lead somewhere',
  check: (files) => {
    const known = pathsOf(files)
    return files
      .filter(({ path }) => isMarkdown(path))
      .flatMap((file) =>
        [...withoutBlocks(file.text).matchAll(/\]\((?!https?:|mailto:)([^)\s]*)\)/g)].flatMap((match): Fault[] => {
          const [target = '', anchor] = (match[1] ?? '').split('#')
          const line = lineAt(file.text, match.index)
          const path =
            target === '' ? file.path : posix.normalize(posix.join(posix.dirname(file.path), decodeURI(target)))
          if (!known.has(path.replace(/\/$/, ''))) return [{ path: file.path, line, says: `${target} does not exist` }]
          const linked = files.find((other) => other.path === path)
          if (anchor === undefined || linked === undefined || !isMarkdown(path) || anchorsOf(linked).has(anchor))
            return []
          return [{ path: file.path, line, says: `${path} has no heading #${anchor}` }]
        }),
      )
  },
}

/** A path in backquotes is a promise, too: of a file, or of a folder. */
const namedPaths: Rule = {
  name: 'named paths exist',
  check: (files) => {
    const known = pathsOf(files)
    return files
      .filter(({ path }) => isMarkdown(path))
      .flatMap((file) =>
        [
          ...withoutBlocks(file.text).matchAll(
            /`(?:\.\/)?((?:packages|services|scripts|prisma|infra|docs|\.ci)\/[\w./-]*)[^`]*`/g,
          ),
        ].flatMap((match): Fault[] => {
          const path = (match[1] ?? '').replace(/[/.]$/, '')
          // A name with a gap in it, such as services/<name>, or a generated file.
          if (/[<*{]/.test(match[0]) || /generated|dist|\.env$/.test(path) || known.has(path)) return []
          return [{ path: file.path, line: lineAt(file.text, match.index), says: `${path} does not exist` }]
        }),
      )
  },
}

const oneTitle = fileRule('one title a page', isMarkdown, ({ path, text }) => {
  const titles = withoutBlocks(text).match(/^# .+/gm) ?? []
  return titles.length === 1
    ? []
    : [{ path, line: 1, says: `${titles.length} titles: a page has one, and begins with it` }]
})

/** All files and all folders that hold one. */
function pathsOf(files: readonly SourceFile[]): ReadonlySet<string> {
  const paths = new Set<string>(['.'])
  for (const { path } of files) {
    for (let at = path; at !== '.' && !paths.has(at); at = posix.dirname(at)) paths.add(at)
  }
  return paths
}

function anchorsOf({ text }: SourceFile): ReadonlySet<string> {
  const headings = withoutBlocks(text).match(/^#+ .+/gm) ?? []
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

const PROMISES = 'docs/guarantees.md'

/** A promise is a numbered section; what holds it are lines of a test's file and its name. */
const heldPromises: Rule = {
  name: 'every promise names tests that exist',
  check: (files) => {
    const page = files.find(({ path }) => path === PROMISES)
    if (!page) return []
    const fault = (at: number, says: string): Fault => ({ path: PROMISES, line: lineAt(page.text, at), says })
    return [...page.text.matchAll(/^## \d+\. .+\n[\s\S]*?(?=^## |(?![\s\S]))/gm)].flatMap((promise): Fault[] => {
      const tests = [...promise[0].matchAll(/^- `([^`]+\.test\.ts)`: (.+(?:\n {2}.+)*)/gm)]
      if (tests.length === 0) return [fault(promise.index, 'no test holds this promise')]
      return tests.flatMap(([, path = '', name = ''], index): Fault[] => {
        const file = files.find((other) => other.path === path)
        const at = promise.index + (tests[index]?.index ?? 0)
        return file?.text.includes(name.replace(/\n {2}/g, ' ')) ? [] : [fault(at, `${path} has no test '${name}'`)]
      })
    })
  },
}

export const docsRules: readonly Rule[] = [links, namedPaths, oneTitle, heldPromises]

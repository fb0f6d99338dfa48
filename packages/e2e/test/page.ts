import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/* The commands of a page as requests, so that what it shows is held true, also where there is no curl. */

export interface Shown {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** What the comment beside it has in quotes: parts of the answer. */
  readonly promised: readonly string[]
}

export const repository = join(import.meta.dirname, '../../..')
export const pageOf = (path: string): string => readFileSync(join(repository, path), 'utf8')

/** Every curl command below a heading of README.md, in order. */
export const shownUnder = (heading: string): readonly Shown[] => {
  const section = pageOf('README.md')
    .split(/^## /m)
    .find((each) => each.startsWith(`${heading}\n`))
  return shownIn(/^```sh\n.*?^```/ms.exec(section ?? '')?.[0] ?? '')
}

/** Every curl command of a page, in order. */
export const shownIn = (page: string): readonly Shown[] =>
  [...page.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, script = '']) => {
    const lines = script.replaceAll('\\\n', ' ').split('\n')
    return lines.filter((line) => line.startsWith('curl ')).map((line) => requestOf(wordsOf(line).slice(1), line))
  })

/** As a shell splits a line: blanks part words, single quotes keep them together, a number sign ends the line. */
const wordsOf = (line: string): readonly string[] =>
  [...line.replace(/\s#\s.*$/, '').matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

const requestOf = (words: readonly string[], line: string): Shown => {
  const comment = /\s#\s(.*)$/.exec(line)?.[1] ?? ''
  const promised = [...comment.matchAll(/"[^"]+"/g)].map(([quoted]) => quoted)
  let shown: Shown = { url: '', method: 'GET', headers: {}, body: undefined, promised }
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '-s') continue
    else if (word === '-H') {
      const [name = '', ...value] = (words[++at] ?? '').split(':')
      shown = { ...shown, headers: { ...shown.headers, [name.trim()]: value.join(':').trim() } }
    } else if (word === '-d') shown = { ...shown, method: 'POST', body: words[++at] }
    else if (word.startsWith('-')) throw new Error(`a page uses curl ${word}, which this test does not know`)
    else shown = { ...shown, url: `http://${word}` }
  }
  return shown
}

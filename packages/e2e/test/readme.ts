import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/* The commands of README.md as requests, so that what it shows is held true, also where there is no curl. */

export interface Shown {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** Every curl command below a heading of README.md, in order. */
export const shownUnder = (heading: string): readonly Shown[] => {
  const text = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
  const script = /^```sh\n(.*?)^```/ms.exec(section)?.[1] ?? ''
  const lines = script.replaceAll('\\\n', ' ').split('\n')
  return lines.filter((line) => line.startsWith('curl ')).map((line) => requestOf(wordsOf(line).slice(1)))
}

/** As a shell splits a line: blanks part words, single quotes keep them together, a number sign ends the line. */
const wordsOf = (line: string): readonly string[] =>
  [...line.replace(/\s#\s.*$/, '').matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

const requestOf = (words: readonly string[]): Shown => {
  let shown: Shown = { url: '', method: 'GET', headers: {}, body: undefined }
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '-s') continue
    else if (word === '-H') {
      const [name = '', ...value] = (words[++at] ?? '').split(':')
      shown = { ...shown, headers: { ...shown.headers, [name.trim()]: value.join(':').trim() } }
    } else if (word === '-d') shown = { ...shown, method: 'POST', body: words[++at] }
    else if (word.startsWith('-')) throw new Error(`README.md uses curl ${word}, which this test does not know`)
    else shown = { ...shown, url: `http://${word}` }
  }
  return shown
}

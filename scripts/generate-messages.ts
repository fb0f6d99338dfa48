/**
 * Writes docs/messages from the contracts. What lies there is what is published: when a message changed in a way that
 * programs of the published form would not survive, nothing is written and the faults are listed.
 *
 *   node scripts/generate-messages.ts           writes
 *   node scripts/generate-messages.ts --check   writes nothing, ends with 1 when something would be written
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compatibility, contracts, documentsOf, type JsonSchema } from '../packages/contracts/src/index.ts'

const MESSAGE_SCHEMA = /\.v\d+\.schema\.json$/

export const messagesFolder = fileURLToPath(new URL('../docs/messages/', import.meta.url))

/** File name to text of what is published; `folder` ends with a slash. */
export const publishedIn = (folder: string): ReadonlyMap<string, string> => {
  const files = existsSync(folder) ? readdirSync(folder) : []
  return new Map(files.map((file) => [file, readFileSync(folder + file, 'utf8')]))
}

/** What the current documents would break for programs that rely on the published ones. */
export const faultsBetween = (published: ReadonlyMap<string, string>, current: ReadonlyMap<string, string>): string[] =>
  [...published].flatMap(([file, text]) => {
    if (!MESSAGE_SCHEMA.test(file)) return []
    const now = current.get(file)
    if (now === undefined) return [`${file}: the message is gone, programs may still send or await it`]
    const was = JSON.parse(text) as JsonSchema
    return compatibility(was, JSON.parse(now) as JsonSchema).map((fault) => `${file}: ${fault}`)
  })

/** Files that are missing, different or no longer generated. */
export const driftBetween = (published: ReadonlyMap<string, string>, current: ReadonlyMap<string, string>): string[] =>
  [...new Set([...published.keys(), ...current.keys()])].filter((file) => published.get(file) !== current.get(file))

const generate = (checkOnly: boolean): number => {
  const published = publishedIn(messagesFolder)
  const current = documentsOf(contracts)
  const faults = faultsBetween(published, current)
  if (faults.length > 0) {
    console.error(`These changes break programs that use the published messages:\n  ${faults.join('\n  ')}`)
    console.error('Undo them, or leave the message as it is and add its next version beside it.')
    return 1
  }
  const drift = driftBetween(published, current)
  if (checkOnly) {
    if (drift.length > 0) console.error(`docs/messages is not what the contracts say: ${drift.join(', ')}`)
    return drift.length > 0 ? 1 : 0
  }
  mkdirSync(messagesFolder, { recursive: true })
  for (const file of drift) {
    const text = current.get(file)
    if (text === undefined) rmSync(messagesFolder + file)
    else writeFileSync(messagesFolder + file, text)
    console.log(`${text === undefined ? 'removed' : 'wrote'} docs/messages/${file}`)
  }
  return 0
}

if (import.meta.main) process.exitCode = generate(process.argv.includes('--check'))

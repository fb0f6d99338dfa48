import { registerHooks } from 'node:module'
import { plantedBugs } from './bugs.ts'

/*
 * Loaded before everything else in a process of its own: gives the source of the files of one planted bug as they would be
 * with the bug. Nothing on disk is changed.
 */
const name = process.env['SKALD_PLANTED'] ?? ''
const bug = plantedBugs.find((each) => each.name === name)
if (!bug) throw new Error(`SKALD_PLANTED=${name} is no planted bug`)

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const changes = bug.changes.filter(({ file }) => url.endsWith(`/${file}`))
    if (changes.length === 0 || loaded.source === undefined || loaded.source === null) return loaded
    let source = Buffer.from(loaded.source as Uint8Array).toString()
    for (const { file, find, replace } of changes) {
      if (source.split(find).length !== 2) throw new Error(`${name}: ${file} does not hold the text once: ${find}`)
      source = source.replace(find, () => replace)
    }
    return { ...loaded, source }
  },
})

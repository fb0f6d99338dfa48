import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { PlantedBug } from './bug.ts'
import { plantedBugs } from './bugs.ts'
import type { Caught } from './catch.ts'

export const sourceOf = (file: string): string => fileURLToPath(new URL(`../../../${file}`, import.meta.url))

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Runs schedules with a bug, in a process of its own, until one fails. */
export const catchBug = ({ name }: PlantedBug, first: number, schedules: number): Promise<Caught> =>
  new Promise((resolve, reject) => {
    const args = ['--conditions=@skald/source', '--import', pathOf('hook.ts'), pathOf('catch.ts')]
    const child = spawn(process.execPath, [...args, String(first), String(schedules)], {
      env: { ...process.env, SKALD_PLANTED: name, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    let wrong = ''
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString()
    })
    child.stderr.on('data', (text: Buffer) => {
      wrong += text.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(said) as Caught)
      else reject(new Error(`${name} could not be run: ${wrong.slice(0, 2_000)}`))
    })
  })

/** Of a Markdown table: what is printed can stand in a document as it is. */
const row = (bug: string, schedules: string, invariant: string): string =>
  `| ${bug.padEnd(76)} | ${schedules.padStart(9)} | ${invariant.padEnd(61)} |`

/**
 * Every bug, or those named, one after the other; a line a bug as soon as it is known. Gives the names of the survivors.
 *
 * @throws when a name is not known.
 */
export const catchAll = async (
  names: readonly string[],
  schedules: number,
  say: (line: string) => void,
): Promise<readonly string[]> => {
  const unknown = names.find((wanted) => plantedBugs.every(({ name }) => name !== wanted))
  if (unknown !== undefined) throw new Error(`no planted bug is called '${unknown}'; --planted alone lists their names`)
  const survivors: string[] = []
  const bugs = plantedBugs.filter(({ name }) => names.length === 0 || names.includes(name))
  say(row('bug', 'schedules', 'invariant that saw it'))
  say(row('---', '--:', '---'))
  for (const bug of bugs) {
    const caught = await catchBug(bug, 1, schedules)
    const after = caught.schedules === undefined ? `not in ${schedules}` : String(caught.schedules)
    say(row(bug.name, after, caught.invariant ?? ''))
    if (caught.schedules === undefined) survivors.push(bug.name)
  }
  return survivors
}

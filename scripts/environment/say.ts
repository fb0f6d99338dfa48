const COLOURS = { good: 32, bad: 31, note: 33, plain: 36 } as const

export type Tone = keyof typeof COLOURS

const colourful = process.stdout.isTTY && !process.env['NO_COLOR']

/** One line on what happened to whom. */
export function say(who: string, what: string, tone: Tone = 'plain'): void {
  const name = who.padEnd(17)
  write(colourful ? `\x1b[${COLOURS[tone]}m${name}\x1b[0m ${what}` : `${name} ${what}`)
}

export function write(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** A reader that went away (`dev | head`) must not take the servers with it. */
export function outliveReader(): void {
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
}

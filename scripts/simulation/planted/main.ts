import { catchAll } from './run.ts'

const survivors = await catchAll(process.argv.slice(3), Number(process.argv[2] ?? 300), (line) =>
  process.stdout.write(`${line}\n`),
)
process.stdout.write(`survivors: ${survivors.join(', ')}\n`)

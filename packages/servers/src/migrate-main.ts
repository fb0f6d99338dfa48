import { migrate } from './migrate.ts'

// Brings databases to the state that the code expects, for a container that runs before the services:
//   node dist/migrate-main.js <folder of migrations>=<variable with the database's URL> ...
const wishes = process.argv.slice(2).map((wish) => wish.split('='))
if (wishes.length === 0) throw new Error('give at least one <folder>=<variable>')
const missing = wishes.filter(([, variable = '']) => !process.env[variable]).map(([folder]) => folder)
if (missing.length > 0) throw new Error(`no database URL is set for ${missing.join(', ')}`)

for (const [folder = '', variable = ''] of wishes) {
  const applied = await migrate(process.env[variable] ?? '', folder)
  console.log(`${folder}: ${applied.length === 0 ? 'nothing to do' : applied.join(', ')}`)
}

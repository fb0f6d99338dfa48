import { repository } from './environment/repository.ts'
import { repositoryFiles } from './tidy/files.ts'
import { tidy } from './tidy/tidy.ts'

// Says where the rules of the house are broken. ./scripts/test does the same among its checks.
const verdicts = tidy(repositoryFiles(repository))
for (const { rule, faults } of verdicts) {
  for (const { path, line, says } of faults) console.log(`${path}:${line}: ${says} [${rule}]`)
}
const broken = verdicts.filter(({ faults }) => faults.length > 0).length
console.log(`${verdicts.length - broken} rules kept, ${broken} broken`)
process.exitCode = broken > 0 ? 1 : 0

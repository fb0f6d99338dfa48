import { docsRules } from './docs-rules.ts'
import { habitRules } from './habit-rules.ts'
import { importRules } from './import-rules.ts'
import { layoutRules } from './layout-rules.ts'
import { migrationRules } from './migration-rules.ts'
import { purityRules } from './purity-rules.ts'
import type { Fault, Rule, SourceFile } from './rule.ts'
import { sizeRules } from './size-rules.ts'

/** The rules of the house that no linter knows. */
export const rules: readonly Rule[] = [
  ...sizeRules,
  ...habitRules,
  ...purityRules,
  ...importRules,
  ...layoutRules,
  ...docsRules,
  ...migrationRules,
]

export type Verdict = { readonly rule: string; readonly faults: readonly Fault[] }

export function tidy(files: readonly SourceFile[]): Verdict[] {
  return rules.map(({ name, check }) => ({ rule: name, faults: check(files) }))
}

/** All the messages of one system, found by type. */

import type { AnyCommand, Contract } from './contract.ts'
import { type Read, readData, shown } from './reading.ts'

export interface Registry {
  readonly list: readonly Contract[]
  /** Undefined for a type that nobody here knows. */
  readonly contractOf: (type: string) => Contract | undefined
  /** The broker's subject of a type. Throws for an unknown type: whoever says it has not listed its contract. */
  readonly wireOf: (type: string) => string
  /**
   * Reads data by its type, see `parseData`. With the message's subject given, data about something else are refused:
   * whoever looks at the one and whoever looks at the other would act upon different orders.
   */
  readonly check: (type: string, data: unknown, subject?: string) => Read<unknown>
  /** The command that takes back what this one does. */
  readonly undoOf: (type: string) => AnyCommand | undefined
}

const refuseTwice = (list: readonly Contract[]): void => {
  const seen = new Set<string>()
  for (const { type } of list) {
    if (seen.has(type))
      throw new TypeError(`two contracts are called ${type}: give the second one another name or version`)
    seen.add(type)
  }
}

const refuseUnlisted = (list: readonly Contract[], byType: ReadonlyMap<string, Contract>): void => {
  for (const contract of list) {
    if (contract.kind === 'event') continue
    const others: readonly Contract[] = [...contract.replies.success, ...contract.replies.failure]
    const missing = (contract.undoes === undefined ? others : [...others, contract.undoes]).find(
      (other) => byType.get(other.type) !== other,
    )
    if (missing) throw new TypeError(`${contract.type} names ${missing.type}, which is not listed: list it too`)
  }
}

const sameSubject = ({ subjectOf }: Contract, data: unknown, subject: string): Read<unknown> => {
  // A subject that does not come from the data is a name of ours for nothing in particular: others may write another.
  const isNamed = subjectOf.length > 0
  const named = isNamed ? subjectOf(data as never) : subject
  if (named === subject) return { ok: true, data }
  return { ok: false, detail: `subject: expected ${shown(named)}, which the data are about, got ${shown(subject)}` }
}

/**
 * Lists contracts. Throws a TypeError when two have the same type, when two commands undo the same one, or when a
 * command is answered by an event or undoes a command that is not listed.
 */
export const registry = (list: readonly Contract[]): Registry => {
  refuseTwice(list)
  const byType = new Map(list.map((contract) => [contract.type, contract]))
  refuseUnlisted(list, byType)
  const undoes = new Map<string, AnyCommand>()
  for (const contract of list) {
    if (contract.kind === 'event' || contract.undoes === undefined) continue
    const other = undoes.get(contract.undoes.type)
    if (other) throw new TypeError(`${contract.type} and ${other.type} both undo ${contract.undoes.type}: keep one`)
    undoes.set(contract.undoes.type, contract)
  }
  return Object.freeze({
    list: Object.freeze([...list]),
    contractOf: (type: string) => byType.get(type),
    check: (type: string, data: unknown, subject?: string): Read<unknown> => {
      const contract = byType.get(type)
      if (!contract) return { ok: false, detail: `no contract is called "${type}"` }
      const read = readData(contract.schema, data)
      return read.ok && subject !== undefined ? sameSubject(contract, read.data, subject) : read
    },
    undoOf: (type: string) => undoes.get(type),
    wireOf: (type: string) => {
      const contract = byType.get(type)
      if (contract) return contract.wire
      throw new TypeError(`no contract is called "${type}": list it in the registry before saying it`)
    },
  })
}

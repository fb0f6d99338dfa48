import type { Ask, Request } from '@skald/host'
import type { Money } from '../operator/money.ts'
import type { BulkReading } from '../store/bulk-reading.ts'
import type { Weigh, Weighed } from './weigh.ts'

/** Sagas of one bulk action, at most: as many as fit into one transaction with ease, and that somebody may still look over. */
export const MAX_BULK = 10_000
/** Looked at in one batch. */
const LOOKED_AT = 250
/** Sagas that are named for each reason of a refusal; all have their result afterwards. */
const NAMED = 10

/** What a bulk action would do now. */
export interface Preview {
  readonly total: number
  readonly wouldDo: number
  readonly refused: readonly { readonly why: string; readonly count: number; readonly sagaIds: readonly string[] }[]
  readonly messages: Readonly<Record<string, number>>
  readonly money: readonly Pick<Money, 'amount' | 'currency' | 'direction'>[]
}

export interface Weighing {
  readonly ask: Ask
  readonly weigh: Request<Weigh, readonly Weighed[]>
  readonly reading: BulkReading
}

/** Those that the filter finds now. Undefined when there are more than one bulk action may have. */
export const choose = async (
  { ask, weigh, reading }: Weighing,
  asked: Omit<Weigh, 'sagaIds'>,
): Promise<readonly Weighed[] | undefined> => {
  const { state, effect } = asked.filter
  const isLookedInto = state !== undefined || effect !== undefined
  const chosen: Weighed[] = []
  for (let after = ''; ; ) {
    const candidates = await reading.candidates(asked.filter, after, MAX_BULK + 1)
    const last = candidates.at(-1)
    if (!isLookedInto && candidates.length > MAX_BULK) return undefined
    chosen.push(...(await weighAll({ ask, weigh }, asked, candidates)))
    if (chosen.length > MAX_BULK) return undefined
    if (last === undefined || candidates.length <= MAX_BULK) return chosen
    after = last
  }
}

/** Those that were chosen before, as they are now. */
export const weighAgain = (
  weighing: Pick<Weighing, 'ask' | 'weigh'>,
  asked: Omit<Weigh, 'filter' | 'sagaIds'>,
  sagaIds: readonly string[],
): Promise<readonly Weighed[]> => weighAll(weighing, { ...asked, filter: {} }, sagaIds)

const weighAll = async (
  { ask, weigh }: Pick<Weighing, 'ask' | 'weigh'>,
  asked: Omit<Weigh, 'sagaIds'>,
  all: readonly string[],
): Promise<readonly Weighed[]> => {
  const weighed: Weighed[] = []
  for (let from = 0; from < all.length; from += LOOKED_AT) {
    const sagaIds = all.slice(from, from + LOOKED_AT)
    weighed.push(...(await ask(weigh, { ...asked, sagaIds }, { subject: 'bulk-action' })))
  }
  return weighed
}

export const previewOf = (weighed: readonly Weighed[]): Preview => {
  const messages: Record<string, number> = {}
  const money = new Map<string, Preview['money'][number]>()
  const refused = new Map<string, string[]>()
  for (const each of weighed) {
    if ('why' in each) {
      refused.set(each.why, [...(refused.get(each.why) ?? []), each.sagaId])
      continue
    }
    for (const type of each.says) messages[type] = (messages[type] ?? 0) + 1
    for (const { amount, currency, direction } of each.money) {
      const key = `${currency} ${direction}`
      money.set(key, { amount: amount + (money.get(key)?.amount ?? 0), currency, direction })
    }
  }
  return {
    total: weighed.length,
    wouldDo: weighed.filter((each) => 'says' in each).length,
    refused: [...refused].map(([why, ids]) => ({ why, count: ids.length, sagaIds: ids.slice(0, NAMED) })),
    messages,
    money: [...money.values()],
  }
}

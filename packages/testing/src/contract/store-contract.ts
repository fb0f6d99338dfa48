import { afterAll, beforeAll, describe } from 'vitest'
import { claimContract } from './claim-contract.ts'
import { concurrencyContract } from './concurrency-contract.ts'
import { interruptionContract } from './interruption-contract.ts'
import { rowsContract } from './rows-contract.ts'
import type { StoreUnderTest } from './store-under-test.ts'

/** What every implementation of the Store port promises. Opens one store for all its tests, which share no keys. */
export const storeContract = (label: string, open: () => Promise<StoreUnderTest>): void => {
  describe(`the Store contract, by ${label}`, () => {
    let store: StoreUnderTest | undefined
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store?.close())
    const get = (): StoreUnderTest => {
      if (!store) throw new Error('the store did not open')
      return store
    }
    rowsContract(get)
    concurrencyContract(get)
    interruptionContract(get)
    claimContract(get)
  })
}

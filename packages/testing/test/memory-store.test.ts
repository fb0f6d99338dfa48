import assert from 'node:assert/strict'
import { CONTRACT_CHECKS, createMemoryStore, eventually, storeContract } from '../src/index.ts'

storeContract('the memory store', async () => {
  const store = createMemoryStore({ nowMs: Date.now, checks: CONTRACT_CHECKS })
  return {
    one: store,
    other: store,
    hold: store.hold.bind(store),
    waiting: (count) => eventually(() => assert.equal(store.waiting, count)),
    breakConnections: async () => store.interrupt(),
    close: async () => undefined,
  }
})

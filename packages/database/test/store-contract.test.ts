import { storeContract } from '@skald/testing'
import { openStoreUnderTest } from './store-under-test.ts'

storeContract('the PostgreSQL store', openStoreUnderTest)

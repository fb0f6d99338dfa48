import { inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The administrator's URL of the run's PostgreSQL, without a database name. */
    skaldPostgres: string
    /** The nats-server program. */
    skaldNatsProgram: string
  }
}

/** What the global setup of the run gives to each test file; fails with what to do when it did not run. */
export const provided = <Key extends 'skaldPostgres' | 'skaldNatsProgram'>(key: Key): string => {
  const value: string | undefined = inject(key)
  if (value === undefined)
    throw new Error('the servers of the test run are missing: set globalSetup to packages/testing/src/global-setup.ts')
  return value
}

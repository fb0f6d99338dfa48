import { type Table, table } from '@skald/messaging'

export interface Counter {
  readonly id: string
  readonly value: number
}

/** Never below zero: its table has a check constraint. */
export const counters: Table<Counter> = table<Counter>({
  name: 'contract_counter',
  key: 'id',
  columns: { id: 'text', value: 'bigint' },
})

/** A column of each type. */
export interface Sample {
  readonly id: string
  readonly words: string
  readonly maybe: string | null
  readonly small: number
  readonly large: number
  readonly flag: boolean
  readonly document: unknown
  readonly at: number
}

export const samples: Table<Sample> = table<Sample>({
  name: 'contract_sample',
  key: 'id',
  columns: {
    id: 'text',
    words: 'text',
    maybe: 'text',
    small: 'integer',
    large: 'bigint',
    flag: 'boolean',
    document: 'json',
    at: 'time',
  },
})

/** For the implementations that need tables made; `inbox` and `task` come with every service's migrations. */
export const CONTRACT_SQL = `
CREATE TABLE contract_counter (id text PRIMARY KEY, value bigint NOT NULL CHECK (value >= 0));
CREATE TABLE contract_sample (
  id text PRIMARY KEY,
  words text NOT NULL,
  maybe text,
  small integer NOT NULL,
  large bigint NOT NULL,
  flag boolean NOT NULL,
  document text NOT NULL,
  at timestamptz NOT NULL
);`

/** The same check for implementations without SQL. */
export const CONTRACT_CHECKS: Readonly<Record<string, (row: object) => boolean>> = {
  contract_counter: (row) => (row as Counter).value >= 0,
}

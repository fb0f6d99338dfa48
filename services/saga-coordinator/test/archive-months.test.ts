import { type Database, openDatabase } from '@skald/database'
import { createTestDatabase, type TestDatabase } from '@skald/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sagaArchive } from '../src/index.ts'

const KEEP_DAYS = 30

describe('the months of the archive', () => {
  let testDatabase: TestDatabase
  let database: Database
  let failures: string[] = []

  beforeAll(async () => {
    testDatabase = await createTestDatabase('saga')
    database = openDatabase({ url: testDatabase.url, applicationName: 'months' })
  })
  afterAll(async () => {
    await database.close()
    await testDatabase.close()
  })
  beforeEach(() => {
    failures = []
  })

  /** The first column of what is found. */
  const query = async (sql: string): Promise<unknown[]> =>
    (await testDatabase.query(sql)).map((row) => Object.values(row)[0])
  const archive = () => sagaArchive(database.pool, (_error, month) => failures.push(month))
  const partitions = () =>
    query(`SELECT relid::regclass::text FROM pg_partition_tree('saga_archive') WHERE isleaf ORDER BY 1`)
  const monthNames = () =>
    query(`SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month', '"saga_archive_"YYYY_MM')
      FROM generate_series(-1, 1) n`)
  const names = () => query('SELECT subject FROM saga_subject ORDER BY 1')

  /** A saga that is archived, with its names. */
  const archived = async (name: string, endedAt: string): Promise<void> => {
    await query(`INSERT INTO saga_archive VALUES ('${name}', 'order', 1, 'COMPLETED', 'of ${name}', 1, ${endedAt}, ${endedAt},
      ${endedAt}, '{"steps":[]}')`)
    await query(`INSERT INTO saga_subject VALUES ('/${name}', '${name}'), ('order/of ${name}', '${name}')`)
  }

  it('are made ahead, by several processes at once and again', async () => {
    await Promise.all([archive().keepMonths(undefined), archive().keepMonths(undefined)])
    await archive().keepMonths(undefined)
    expect(failures).toEqual([])
    expect(await partitions()).toEqual([...(await monthNames()), 'saga_archive_default'])
  })

  it('take the sagas that ended in them, and the default one takes all others', async () => {
    await archived('now', 'now()')
    await archived('long ago', `'2020-01-31T23:59:59Z'`)
    const whereIs = (name: string) =>
      query(`SELECT tableoid::regclass::text FROM saga_archive WHERE saga_id = '${name}'`)
    expect(await whereIs('now')).toEqual([(await monthNames())[1]])
    expect(await whereIs('long ago')).toEqual(['saga_archive_default'])
  })

  it('are kept for ever when nothing else is said', async () => {
    await archive().keepMonths(undefined)
    expect(await query('SELECT saga_id FROM saga_archive ORDER BY 1')).toEqual(['long ago', 'now'])
  })

  it('that ended before what is to be kept are dropped, with the names in them, and others are not', async () => {
    await query(`CREATE TABLE saga_archive_2021_03 PARTITION OF saga_archive
      FOR VALUES FROM ('2021-03-01T00:00:00Z') TO ('2021-04-01T00:00:00Z')`)
    await archived('in March', `'2021-03-31T23:59:59Z'`)
    await archived('early in March', `'2021-03-05T00:00:00Z'`)
    await archive().keepMonths(KEEP_DAYS)
    expect(failures).toEqual([])
    expect(await partitions()).toEqual([...(await monthNames()), 'saga_archive_default'])
    expect(await query('SELECT saga_id FROM saga_archive')).toEqual(['now'])
    expect(await names()).toEqual(['/now', 'order/of now'])
  })

  it('stay while the youngest saga in them is to be kept', async () => {
    const [lastMonth] = await monthNames()
    await archived(
      'last month',
      `date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 second'`,
    )
    await archive().keepMonths(40)
    expect(await partitions()).toContain(lastMonth)
    expect(await query('SELECT saga_id FROM saga_archive ORDER BY 1')).toEqual(['last month', 'now'])
  })
})

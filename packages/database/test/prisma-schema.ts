import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { migrationsOf, type ServiceName } from '@skald/testing'

/** `schema.table.column type`, with `?` for what may be null. */
export type ColumnLine = string

const POSTGRES_TYPES: Readonly<Record<string, string>> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Boolean: 'boolean',
  DateTime: 'timestamp with time zone',
}

/** The columns that a schema.prisma describes, in the words of PostgreSQL. */
export const describedColumns = (service: ServiceName): ColumnLine[] => {
  const text = readFileSync(join(dirname(migrationsOf(service)), 'schema.prisma'), 'utf8')
  return [...text.matchAll(/^model \w+ \{\n(.*?)^\}/gms)].flatMap(([, body = '']) => {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? 'a model without @@map'
    const schema = /@@schema\("(\w+)"\)/.exec(body)?.[1] ?? 'public'
    const fields = [...body.matchAll(/^ {2}(\w+) +(\w+)(\??)/gm)]
    return fields.map(([, name, type = '', optional]) => {
      return `${schema}.${table}.${name} ${POSTGRES_TYPES[type] ?? type}${optional}`
    })
  })
}

/** The columns that are there, to be compared; partitions are part of their table. */
export const EXISTING_COLUMNS = `
  SELECT format('%s.%s.%s %s%s', table_schema, table_name, column_name, data_type,
    CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END) AS line
  FROM information_schema.columns
  JOIN pg_class ON pg_class.oid = format('%I.%I', table_schema, table_name)::regclass
  WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
    AND table_name <> '_prisma_migrations' AND NOT relispartition`

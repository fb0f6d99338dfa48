import { defineConfig } from 'prisma/config'

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  datasource: { url: process.env['INVENTORY_DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/inventory_db' },
})

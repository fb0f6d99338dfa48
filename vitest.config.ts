import { defineConfig } from 'vitest/config'

// Workspace packages are taken from their sources, so tests need no build.
// "import" and "require" are left out: they are added for each kind of import, and must not leak into the other kind.
const conditions = ['@skald/source', 'module', 'node', 'development|production']

// One PostgreSQL cluster and one nats-server for the whole run; every test file makes its own database and streams.
const globalSetup = ['./packages/testing/src/global-setup.ts']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@skald/source', 'node'] } },
  // The set-up of the whole run is loaded in an environment of its own.
  environments: { __vitest__: { resolve: { conditions } } },
  test: {
    include: ['{services,packages}/*/{src,test}/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
})

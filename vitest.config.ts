import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Workspace packages are taken from their sources, so tests need no build.
// "import" and "require" are left out: they are added for each kind of import, and must not leak into the other kind.
const conditions = ['@skald/source', 'module', 'node', 'development|production']
const resolution = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@skald/source', 'node'] } },
}

// One PostgreSQL cluster and one nats-server for the whole run; every test file makes its own database and streams.
const globalSetup = ['./packages/testing/src/global-setup.ts']

const all = ['{services,packages}/*/{src,test}/**/*.test.ts', 'scripts/**/*.test.ts']
/** Each of these keeps all processors busy with a system of its own; two at once would measure each other. */
const wholeSystems = ['packages/e2e/**', 'scripts/{benchmark,breakage,simulation}/**', 'scripts/*.test.ts']

export default defineConfig({
  ...resolution,
  // The set-up of the whole run is loaded in an environment of its own.
  environments: { __vitest__: { resolve: { conditions } } },
  test: {
    globalSetup,
    pool: 'forks',
    projects: [
      {
        ...resolution,
        test: {
          name: 'parts',
          include: all,
          exclude: wholeSystems,
          maxWorkers: Math.max(2, availableParallelism() - 1),
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...resolution,
        test: {
          name: 'systems',
          include: wholeSystems.map((folder) => folder.replace(/\*\*$/, '**/*.test.ts')),
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})

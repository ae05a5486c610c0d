import { defineConfig } from 'vitest/config';

/**
 * Four projects: `unit` needs nothing but Node; `system` needs root, packages and the real Temporal server; `layers` are
 * laid on container machines; `rack` is the virtual rack.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/e2e/**'],
          // What starts programs (shellcheck, the command line) takes its time on a busy core.
          testTimeout: 90_000,
          // PGlite makes a database of its own in each: 2 s on a quiet core, more on a busy one.
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          exclude: ['test/system/layers/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'layers',
          include: ['test/system/layers/**/*.test.ts'],
          // Some more minutes, of what is seen elsewhere in part: by `npm run test:layers`.
          exclude: process.env.RW_WHOLE
            ? []
            : ['lamp', 'sunbeam'].map((name) => `test/system/layers/${name}.test.ts`),
          testTimeout: 900_000,
          hookTimeout: 300_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'rack',
          include: ['test/e2e/**/*.test.ts'],
          // The whole of it takes two hours more: by `npm run test:rack`.
          exclude: process.env.RW_WHOLE
            ? []
            : ['compose', 'deploy-layers', 'kills', 'layouts', 'xen'].map(
                (name) => `test/e2e/${name}.test.ts`,
              ),
          testTimeout: 1_200_000,
          hookTimeout: 600_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});

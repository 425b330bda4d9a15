import { defineConfig } from 'vitest/config';

/** `npm test`: everything that needs Node alone. The suites that need Java, kcat or python are in vitest.wide.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/kafka/**', 'test/interop/**', 'test/drills/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});

import { defineConfig } from 'vitest/config';

/** `npm test`: everything that needs Node alone. The suites that need Java, kcat or python are in vitest.wide.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/kafka/**', 'test/interop/**', 'test/drills/**'],
    // Consumers of kafkajs run in the tests, too.
    setupFiles: ['src/lab/clients/mend-kafkajs.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});

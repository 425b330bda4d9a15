import { defineConfig } from 'vitest/config';

/** The suites against real things (Apache Kafka's brokers and tools, kcat, python clients) and the drills. One file at a time: each starts JVMs. */
export default defineConfig({
  test: {
    include: ['test/kafka/**/*.test.ts', 'test/interop/**/*.test.ts', 'test/drills/**/*.test.ts'],
    // Consumers of kafkajs run in the tests, too.
    setupFiles: ['src/lab/clients/mend-kafkajs.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    // Of test.concurrent: the drills wait more than they work.
    maxConcurrency: 4,
  },
});

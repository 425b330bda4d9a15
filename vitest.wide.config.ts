import { defineConfig } from 'vitest/config';

/** The suites against real things: Apache Kafka's brokers and tools, kcat, python clients. One file at a time: each starts JVMs. */
export default defineConfig({
  test: {
    include: ['test/kafka/**/*.test.ts', 'test/interop/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});

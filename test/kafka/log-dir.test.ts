import { expect, it } from 'vitest';
import { BACKOFF, RESTING_CLEANER, seeStuckCleaner } from '../diagnose/stuck-cleaner.ts';
import { startKafka } from './harness.ts';
import { kafkaMissing } from './jars.ts';

const BROKER = 4;

const missing = kafkaMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

it.skipIf(missing !== null)(
  'the files of a real Apache Kafka 4.3.1 tell that its cleaner does nothing, and that it does again',
  async () => {
    const config = Object.entries(RESTING_CLEANER).map(([name, value]) => `${name}=${value}`);
    const kafka = await startKafka('4.3.1', { config });
    try {
      await seeStuckCleaner(kafka.bootstrap, kafka.dataDirectory(1), async (admin) => {
        const configEntries = [{ name: BACKOFF, value: '200' }];
        await admin.alterConfigs({ validateOnly: false, resources: [{ type: BROKER, name: '1', configEntries }] });
        return kafka.bootstrap;
      });
      expect(kafka.addresses).toHaveLength(1);
    } finally {
      await kafka.close();
    }
  },
  300_000,
);

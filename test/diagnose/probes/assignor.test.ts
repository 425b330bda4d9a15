import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecording } from '../../../src/cluster/read-recording.ts';
import { assignor } from '../../../src/diagnose/probes/rebalance.ts';
import { snapshot } from '../../health/build-snapshot.ts';
import { evidence, GROUP, orders, payments } from './build-evidence.ts';

const answerTo = (protocol: string | null): string => {
  const seen = evidence({ sample: (ago) => snapshot([orders(ago)], [payments(ago, { protocol })]) });
  const reading = assignor.measure(seen, GROUP);
  return reading.status === 'measured' ? reading.answer : reading.status;
};

describe('the assignor of a group', () => {
  it.each([
    ['range', 'eager'],
    ['roundrobin', 'eager'],
    ['sticky', 'eager'],
    ['cooperative-sticky', 'incremental'],
    ['RoundRobinAssigner', 'eager'],
    ['stream', 'incremental'],
    ['our-own', 'unknown'],
    [null, 'unknown'],
  ])('%s: %s', (protocol, answer) => {
    expect(answerTo(protocol)).toBe(answer);
  });

  it('is known of a group of real kafkajs consumers', () => {
    const file = join(import.meta.dirname, '../../../fixtures/recordings/duplicates.kmedic');
    const recording = readRecording(file);
    const reading = assignor.measure({ recording, client: null, logDir: null }, { kind: 'group', name: 'mailer' });
    expect(reading).toMatchObject({
      status: 'measured',
      answer: 'eager',
      facts: [{ text: 'assignor RoundRobinAssigner, of kafkajs, which has no incremental one' }],
    });
  });
});

import { describe, expect, it } from 'vitest';
import { blanksOf } from '../../src/diagnose/fill-command.ts';
import { evidence } from './tiny-tree.ts';

/** What a command about broker 1 names as its log directory, when this is what the broker tells. */
const logDirTold = (...paths: string[]) => {
  const seen = evidence();
  const [sample] = seen.recording.samples;
  if (sample === undefined) throw new Error('no sample');
  const brokers = sample.brokers.map((each) => ({
    ...each,
    logDirs: paths.map((path) => ({ path, error: null, replicaBytes: 0, totalBytes: null, usableBytes: null })),
  }));
  const recording = { ...seen.recording, samples: [{ ...sample, brokers }] };
  return blanksOf({ subject: { kind: 'broker', name: '1' }, path: [] }, { ...seen, recording })['log-dir'];
};

describe('the log directory that a command names', () => {
  it.each([['/var/lib/kafka'], ['C:\\kafka\\data']])('is the one of the broker: %s', (path) => {
    expect(logDirTold(path)).toBe(path);
  });

  it('stays open where there are several, or none that files could lie in', () => {
    expect(logDirTold('/data-1', '/data-2')).toBeNull();
    expect(logDirTold('memory:node-1')).toBeNull();
    expect(logDirTold('dir-1')).toBeNull();
    expect(logDirTold()).toBeNull();
  });
});

import { latestSample, type Recording } from '../cluster/recording.ts';
import { paceOf } from './commit-pace.ts';
import { judgeLag } from './judge-lag.ts';
import type { LagReport } from './lag-report.ts';
import { sampleOf } from './samples.ts';

/** Probes and the views of a report ask for the same one. */
const JUDGED = new WeakMap<Recording, LagReport>();

/** The lag of all groups of a recording: its newest sample against all earlier ones, each group at its own pace. */
export function judgeRecording(recording: Recording): LagReport {
  const known = JUDGED.get(recording);
  if (known !== undefined) return known;
  const isolation = 'read_uncommitted';
  const earlier = recording.samples.slice(0, -1).map((sample) => sampleOf(sample, isolation));
  const report = judgeLag(latestSample(recording), earlier, { isolation, oldAfterMs: paceOf(recording.histories) });
  JUDGED.set(recording, report);
  return report;
}

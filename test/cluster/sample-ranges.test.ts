import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseRecording, recordingFrom } from '../../src/cluster/read-recording.ts';
import { sampleRanges } from '../../src/cluster/sample-ranges.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/recordings');
const rangesOf = (text: string): string[] | undefined =>
  sampleRanges(Buffer.from(text))?.samples.map(([from, to]) => Buffer.from(text).toString('utf8', from, to));

describe('where the samples of a recording lie', () => {
  it.each(readdirSync(FIXTURES).filter((name) => name.endsWith('.kmedic')))(
    '%s is read the same either way',
    (name) => {
      const bytes = readFileSync(join(FIXTURES, name));
      const whole = JSON.parse(gunzipSync(bytes).toString());
      const parts = sampleRanges(gunzipSync(bytes));
      expect(parts?.samples).toHaveLength(whole.samples.length);
      expect(parseRecording(bytes, name)).toEqual(recordingFrom(whole, name));
    },
  );

  it('is not deceived by texts, nesting, or a field of that name further in', () => {
    const first = '{"samples":[1,2],"text":"],{\\"samples\\":[ \\\\","ä":[[{}]]}';
    expect(
      rangesOf(`{"kind":"recording","note":"\\"samples\\":[","x":{"samples":[7]},"samples":[${first},{},3],"y":[]}`),
    ).toEqual([first, '{}', '3']);
    expect(rangesOf('{"kind":"recording","samples":[]}')).toEqual([]);
  });

  it.each([
    '{"kind":"recording","samples":[{"a":1},{"b"',
    '{"kind":"recording","samples":[{"a":"unended',
    '{"kind":"recording","version":2}',
    '{ "kind": "recording", "samples": [1] }',
    '{"kind":"session","recording":{"kind":"recording","samples":[1]}}',
    '',
  ])('is not known of %s', (text) => {
    expect(rangesOf(text)).toBeUndefined();
  });
});

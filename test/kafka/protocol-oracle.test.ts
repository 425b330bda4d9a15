import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ErrorCode, errorName, isRetriable, isStaleMetadata } from '../../src/protocol/errors.ts';
import { encodeMessage } from '../../src/protocol/schema/index.ts';
import fc from '../property.ts';
import { ALL_MESSAGES, versionsOf } from '../protocol/all-messages.ts';
import { valuesOf } from '../protocol/arbitrary.ts';
import { KAFKA_VERSIONS, type KafkaVersion, kafkaJars } from './jars.ts';

const VALUES_PER_VERSION = 25;
const SEED = 20_251;

/** Messages that a release knows in an unreleased form; protocol-schemas.test.ts says how they differ. */
const OTHER_LAYOUT: Readonly<Record<KafkaVersion, readonly string[]>> = {
  '3.9.2': ['ShareGroupMetadataValue'],
  '4.3.1': [],
};

interface Sample {
  readonly name: string;
  readonly version: number;
  readonly bytes: string;
}

/** Every message in every version, with generated values, as we encode them. */
function samples(): Sample[] {
  return [...ALL_MESSAGES].flatMap(([name, message]) =>
    versionsOf(message).flatMap((version) =>
      fc.sample(valuesOf(message.fields, version), { numRuns: VALUES_PER_VERSION, seed: SEED }).map((value) => ({
        name,
        version,
        bytes: encodeMessage(message, version, value).toString('hex'),
      })),
    ),
  );
}

/** Asks Kafka's own classes; one answer line for each line. */
function ask(release: KafkaVersion, lines: readonly string[]): string[] {
  const jars = kafkaJars(release);
  if (jars === null) throw new Error(`the jars of Apache Kafka ${release} are not here`);
  const source = join(import.meta.dirname, 'ProtocolOracle.java');
  const output = execFileSync('java', ['-cp', join(jars, '*'), source], {
    input: `${lines.join('\n')}\n`,
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  });
  return output.trimEnd().split('\n');
}

describe.each(KAFKA_VERSIONS)('the classes of Apache Kafka %s', (release) => {
  it('read what we encode, and write the same bytes', () => {
    const asked = samples().filter(({ name }) => !OTHER_LAYOUT[release].includes(name));
    const answers = ask(
      release,
      asked.map(({ name, version, bytes }) => `${name} ${version} ${bytes}`),
    );
    expect(answers.length).toBe(asked.length);
    const wrong = asked
      .map((sample, i) => ({ ...sample, answer: answers[i] ?? '' }))
      .filter(({ bytes, answer }) => answer !== bytes && answer !== 'unknown');
    expect(wrong.slice(0, 10)).toEqual([]);
    const understood = new Set(asked.filter((_, i) => answers[i] !== 'unknown').map((s) => `${s.name} ${s.version}`));
    expect(understood.size).toBeGreaterThan(release === '3.9.2' ? 300 : 400);
    if (release === '4.3.1') {
      const unknown = new Set(asked.filter((_, i) => answers[i] === 'unknown').map((s) => s.name));
      expect([...unknown]).toEqual([]);
    }
  });

  it('have the error codes that we have, and call the same ones retriable and stale', () => {
    for (const line of ask(release, ['errors'])) {
      const [code = '', name, retriable, stale] = line.split(' ');
      const ours = [Number(code), errorName(Number(code)), isRetriable(Number(code)), isStaleMetadata(Number(code))];
      expect(ours).toEqual([Number(code), name, retriable === 'true', stale === 'true']);
    }
  });
});

it('our error codes end where those of 4.3.1 end', () => {
  expect(ask('4.3.1', ['errors']).length).toBe(Object.keys(ErrorCode).length);
});

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { magic } from '../../src/records/index.ts';
import { decoderOf } from '../../src/segments/decode/decoders.ts';
import { dumpLog, isControlBatch } from '../../src/segments/dump-log.ts';
import { type DecoderName, decoderFor, fileKind } from '../../src/segments/file-kind.ts';
import { NO_FILTER } from '../../src/segments/filter.ts';
import { kafkaBatchLine, kafkaLogTitle, kafkaRecordLine } from '../../src/segments/kafka-format.ts';
import { openSource } from '../../src/segments/source.ts';
import { KAFKA_2, KAFKA_4, toolSections } from './fixtures.ts';

interface Options {
  readonly deep?: boolean;
  readonly contents?: boolean;
  readonly skipMetadata?: boolean;
  readonly decoder?: DecoderName;
}

async function dump(path: string, { deep = true, contents = true, skipMetadata = false, decoder = 'none' }: Options) {
  const source = openSource(path);
  const kind = fileKind(path);
  const decode = decoderOf(decoder);
  let out = kafkaLogTitle(kind.type === 'log' ? 'log' : 'metadata-snapshot', kind.offset, kind.epoch);
  const findings: string[] = [];
  const visitor = {
    batch: (batch: Parameters<typeof isControlBatch>[0]) => {
      out += kafkaBatchLine(batch.buffer, batch.at, batch.position, batch.valid ?? false);
      return true;
    },
    finding: (each: { code: string }) => findings.push(each.code),
  };
  await dumpLog(
    source,
    { filter: NO_FILTER, crc: true },
    deep
      ? {
          ...visitor,
          record: (record, batch) => {
            const control = isControlBatch(batch);
            const decoded = decode === null || control ? null : decode(record);
            out += kafkaRecordLine(record, magic(batch.buffer, batch.at), control, decoded, { contents, skipMetadata });
            return true;
          },
        }
      : visitor,
  );
  source.close();
  return { out, findings };
}

/** Payloads of `large-*` were cut from the dumps, with the lines that they go on in. */
function withoutPayload(text: string): string {
  const lines = text.split('\n').filter((line) => /^(\||baseOffset|Log starting)/.test(line));
  return `${lines.map((line) => line.replace(/ payload: .*/, '')).join('\n')}\n`;
}

const partitions = readdirSync(KAFKA_4).filter((name) => /-\d+$/.test(name));
const dumps = partitions.flatMap((name) =>
  readdirSync(join(KAFKA_4, name))
    .filter((file) => file.startsWith('dump-'))
    .map((file) => join(KAFKA_4, name, file)),
);

describe("the format of Kafka's dump tool", () => {
  it.each(dumps.map((path) => [join(basename(dirname(path)), basename(path)), path]))('%s', async (_, path) => {
    const log = join(dirname(path), basename(path).replace('dump-', '').replace('.txt', '.log'));
    const { out, findings } = await dump(log, {});
    const expected = readFileSync(path, 'utf8');
    if (path.includes('/large-')) expect(withoutPayload(out)).toBe(expected);
    else expect(out).toBe(expected);
    expect(findings).toEqual([]);
  });

  it.each([...toolSections('legacy.txt')])('message formats v0 and v1: %s', async (file, expected) => {
    expect((await dump(join(KAFKA_2, file), {})).out).toBe(expected);
  });

  it.each([...toolSections('offsets.txt'), ...toolSections('transactions.txt'), ...toolSections('metadata.txt')])(
    'decoded: %s',
    async (file, expected) => {
      const path = join(KAFKA_4, file);
      expect((await dump(path, { decoder: decoderFor(path) })).out).toBe(expected);
    },
  );

  it.each([...toolSections('shallow.txt')])('batches only: %s', async (file, expected) => {
    expect((await dump(join(KAFKA_4, file), { deep: false })).out).toBe(expected);
  });

  it.each([...toolSections('skip.txt')])('keys and payloads only: %s', async (file, expected) => {
    expect((await dump(join(KAFKA_4, file), { skipMetadata: true })).out).toBe(expected);
  });
});

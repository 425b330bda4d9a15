import { appendFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locate } from '../../src/segments/locate.ts';
import { SegmentScanner } from '../../src/segments/scanner.ts';
import { openSource } from '../../src/segments/source.ts';
import { verifyPartition } from '../../src/segments/verify/verify.ts';
import { KAFKA_4 } from './fixtures.ts';

/* What a running broker does to its files while they are verified is no damage. */

const LOG = '00000000000000000000.log';
const INDEX = '00000000000000000000.index';
let place = '';
let file: (name: string) => string = (name) => name;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-live-'));
  cpSync(join(KAFKA_4, 'none-0'), join(place, 'none-0'), { recursive: true, filter: (path) => !path.endsWith('.txt') });
  file = (name) => join(place, 'none-0', name);
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** What verify tells where something happens after the directory was listed, or while the log is read. */
async function told({ before, during }: { readonly before?: () => void; readonly during?: () => void }) {
  const [partition] = locate([join(place, 'none-0')]).partitions;
  if (partition === undefined) throw new Error('no partition');
  before?.();
  let happened = false;
  const { findings } = await verifyPartition(partition, {
    deep: false,
    now: Date.parse('2027-01-01'),
    pause: async () => {
      if (!happened) during?.();
      happened = true;
      return true;
    },
  });
  return findings.map(({ code, severity, file: path }) => `${path.slice(place.length + 8)} ${code} ${severity}`);
}

describe('verify beside a broker that writes', () => {
  it('takes entries behind the end that the log had for those of what came later', async () => {
    // The last batch comes while the log is read; the indexes, read behind its start, know of it.
    const whole = readFileSync(file(LOG));
    writeFileSync(file(LOG), whole.subarray(0, 1827));
    rmSync(file('00000000000000000036.snapshot'));
    expect(await told({})).toEqual([`${INDEX} SEG-16 corrupt`, '00000000000000000000.timeindex SEG-19 corrupt']);
    const grows = { during: () => appendFileSync(file(LOG), whole.subarray(1827)) };
    expect(await told(grows)).toEqual([`${LOG} SEG-31 note`]);
  });

  it('does not call a batch torn whose rest has come since', () => {
    const whole = readFileSync(file(LOG));
    writeFileSync(file(LOG), whole.subarray(0, 2000));
    const steps = (whileOpen: () => void): string[] => {
      const source = openSource(file(LOG));
      try {
        whileOpen();
        const scanner = new SegmentScanner(source, { bodies: true, crc: true });
        return Array.from({ length: 7 }, () => scanner.next());
      } finally {
        source.close();
      }
    };
    const batches = Array.from({ length: 5 }, () => 'batch');
    expect(steps(() => undefined)).toEqual([...batches, 'damage', 'end']);
    expect(steps(() => appendFileSync(file(LOG), whole.subarray(2000)))).toEqual([...batches, 'end', 'end']);
  });

  it('does not hold a log against the indexes of its compacted successor', async () => {
    writeFileSync(file(INDEX), Buffer.from('0000000100000003', 'hex'));
    expect(await told({})).toEqual([`${INDEX} SEG-16 corrupt`]);
    writeFileSync(join(place, 'new'), readFileSync(file(LOG)));
    expect(await told({ during: () => renameSync(join(place, 'new'), file(LOG)) })).toEqual([`${LOG} SEG-31 note`]);
  });

  it('finds segments gone that retention deleted after the directory was listed', async () => {
    cpSync(file(LOG), file('00000000000000000036.log'));
    const gone = () => {
      for (const name of [LOG, INDEX, '00000000000000000000.timeindex']) rmSync(file(name));
    };
    const findings = await told({ before: gone });
    expect(findings).toContain(`${LOG} SEG-31 note`);
    expect(findings.filter((each) => /SEG-30/.test(each))).toEqual([]);
  });
});

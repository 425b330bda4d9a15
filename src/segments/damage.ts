import { baseOffset, lastOffset, magic } from '../records/index.ts';
import { type Finding, type FindingCode, type FindingPlace, finding } from './findings.ts';
import type { Damage, DamageKind } from './scanner.ts';
import type { SourceError } from './source.ts';

const CODE: Readonly<Record<DamageKind, FindingCode>> = {
  torn: 'SEG-01',
  zeros: 'SEG-04',
  length: 'SEG-03',
  magic: 'SEG-03',
  framing: 'SEG-02',
  oversized: 'SEG-32',
  shrunk: 'SEG-31',
};

const DETAIL: Readonly<Record<DamageKind, string>> = {
  torn: 'the file ends within a batch',
  zeros: 'zeros',
  length: 'the length makes no sense here',
  magic: 'no known message format',
  framing: 'the CRC does not match, and no batch begins where this one should end: its length may be what is wrong',
  oversized: 'stepped over',
  shrunk: 'the file became shorter',
};

interface BatchPlace {
  readonly buffer: Buffer;
  readonly at: number;
  readonly position: number;
  readonly size: number;
}

/** Damage as a finding; `nextOffset` is the offset behind the last good batch, or -1. */
export function damageFinding(file: string, damage: Damage, nextOffset: number): Finding {
  const rest = damage.toEnd
    ? 'nothing readable follows'
    : `a sound batch follows at ${damage.position + damage.length}`;
  const from = nextOffset < 0 ? '' : `, from offset ${nextOffset} on`;
  return finding(CODE[damage.kind], file, `${DETAIL[damage.kind]}; ${damage.length} bytes${from}; ${rest}`, {
    position: damage.position,
    length: damage.length,
  });
}

/** Where a batch lies; its offsets where they can be true behind those before it. */
export function batchPlace({ buffer, at, position, size }: BatchPlace, nextOffset = -1): FindingPlace {
  const last = lastOffset(buffer, at);
  const first = magic(buffer, at) < 2 ? last : baseOffset(buffer, at);
  const believable = first >= Math.max(0, nextOffset) && last >= first && last - first < 2 ** 31;
  return { position, length: size, ...(believable ? { offsets: [first, last] as const } : {}) };
}

/** A batch whose checksum fails: its header may be what is damaged. */
export function crcFinding(file: string, detail: string, batch: BatchPlace, nextOffset = -1): Finding {
  return finding('SEG-02', file, detail, batchPlace(batch, nextOffset));
}

/** A file that the operating system does not let us read, as a finding. */
export function unreadable(error: SourceError, file: string): Finding {
  return finding('SEG-30', file, `${error.code}: ${error.message}`);
}

import { type Finding, type FindingCode, finding } from './findings.ts';
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

/** A file that the operating system does not let us read, as a finding. */
export function unreadable(error: SourceError, file: string): Finding {
  return finding('SEG-30', file, `${error.code}: ${error.message}`);
}

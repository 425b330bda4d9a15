import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { snapshotSchema } from '../../src/cluster/snapshot.ts';
import { lagDocument } from '../../src/health/build-lag-document.ts';
import { judgeLag } from '../../src/health/judge-lag.ts';
import { lagDocumentSchema } from '../../src/health/lag-document.ts';
import { LAG_VIEWS } from '../../src/health/roll-up.ts';
import { VERDICTS } from '../../src/health/verdicts.ts';
import { incident } from './build-snapshot.ts';

describe('documents', () => {
  it.each(LAG_VIEWS)('lag by %s is what its schema says, and survives JSON', (by) => {
    const report = judgeLag(incident(), [], { isolation: 'read_uncommitted', oldAfterMs: 60_000 });
    const document = lagDocument(report, by, report.problems, (next) => next.command.join(' '));
    expect(lagDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    expect(document.rollUp.length).toBe({ partition: 0, topic: 4, member: 6, group: 4 }[by]);
  });

  it('has one rule id per verdict', () => {
    const rules = Object.values(VERDICTS).map(({ rule }) => rule);
    expect(new Set(rules).size).toBe(rules.length);
  });

  it('documents every verdict', () => {
    const text = readFileSync(new URL('../../docs/verdicts.md', import.meta.url), 'utf8');
    for (const [verdict, { rule }] of Object.entries(VERDICTS)) {
      expect(text).toMatch(new RegExp(`\\| ${rule} \\| \`${verdict}\` \\|`));
    }
  });

  it('has a fixture that is the documented incident, and a valid snapshot', () => {
    const url = new URL('../../fixtures/snapshots/incident.json', import.meta.url);
    const fixture = snapshotSchema.parse(JSON.parse(readFileSync(url, 'utf8')));
    expect(fixture).toEqual(incident());
  });
});

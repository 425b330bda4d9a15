import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { segmentsDocumentSchema } from '../../src/segments/document.ts';
import {
  segmentsDiffSchema,
  segmentsFindSchema,
  segmentsGroupsSchema,
  segmentsSalvageSchema,
  segmentsStatsSchema,
} from '../../src/segments/tool-documents.ts';
import { KAFKA_2, KAFKA_4 } from '../segments/fixtures.ts';
import { runCli } from './run-cli.ts';

const LOG = '00000000000000000000.log';
let place: string;
/** A batch with a flipped bit, and a torn end. */
let damaged: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-schemas-'));
  damaged = join(place, 'none-0');
  cpSync(join(KAFKA_4, 'none-0'), damaged, { recursive: true });
  const log = join(damaged, LOG);
  const bytes = readFileSync(log);
  bytes[500] = (bytes[500] ?? 0) ^ 0x10;
  writeFileSync(log, bytes);
  truncateSync(log, bytes.length - 5);
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const NONE = join(KAFKA_4, 'none-0');
let salvages = 0;
const target = (): string => join(place, `salvaged-${salvages++}`);

const CASES: readonly (readonly [string, z.ZodType, () => readonly string[]])[] = [
  ['segments-stats', segmentsStatsSchema, () => ['stats', KAFKA_4, KAFKA_2, '--deep']],
  ['segments-stats', segmentsStatsSchema, () => ['stats', damaged, join(place, 'nothing')]],
  ['segments-groups', segmentsGroupsSchema, () => ['groups', KAFKA_4]],
  ['segments-find', segmentsFindSchema, () => ['find', NONE, damaged, join(place, 'nothing'), '--offset', '7']],
  ['segments-find', segmentsFindSchema, () => ['find', KAFKA_4, KAFKA_2, '--time', '0']],
  ['segments-find', segmentsFindSchema, () => ['find', NONE, '--offset', '99999']],
  ['segments-diff', segmentsDiffSchema, () => ['diff', NONE, damaged]],
  ['segments-diff', segmentsDiffSchema, () => ['diff', NONE, join(KAFKA_4, 'gzip-0')]],
  ['segments-salvage', segmentsSalvageSchema, () => ['salvage', damaged, target()]],
  ['segments-salvage', segmentsSalvageSchema, () => ['salvage', NONE, target()]],
  ['segments', segmentsDocumentSchema, () => ['find', NONE, '--producer', '0']],
  ['segments', segmentsDocumentSchema, () => ['dump', KAFKA_4, '--records', '--side-files']],
  ['segments', segmentsDocumentSchema, () => ['verify', KAFKA_4, damaged]],
];

describe('documents of segments', () => {
  it.each(CASES)('%s: nothing is in it that its schema does not tell', async (kind, schema, args) => {
    const { out } = await runCli(['segments', ...args(), '-o', 'json']);
    const document: unknown = JSON.parse(out);
    expect(document).toMatchObject({ kind });
    expect(schema.parse(document)).toEqual(document);
  });

  it.each([...new Set(CASES.map(([kind]) => kind))])('%s: the schema is printed', async (kind) => {
    const { code, out } = await runCli(['schema', kind]);
    expect(code).toBe(0);
    expect(JSON.parse(out).properties.kind).toMatchObject({ const: kind });
  });
});

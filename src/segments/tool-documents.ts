import * as z from 'zod';
import { findingSchema } from './document.ts';
import { CONFIG_SOURCES } from './stats/retention.ts';

/** Published schemas of `-o json` for `kmedic segments stats`, `groups`, `find`, `diff` and `salvage`. */

const time = z.iso.datetime();
const offset = z.number();
const shortBytes = z.union([z.string(), z.object({ base64: z.string() })]);
const bytesText = z
  .union([shortBytes, z.object({ beginning: shortBytes, bytes: z.int() })])
  .describe('text where it is UTF-8, else its bytes; beyond 16 MiB its beginning, and the size of all of it');
const errors = z.array(
  z.object({ scope: z.string(), name: z.string(), message: z.string(), advice: z.string().nullable() }),
);
const head = <Kind extends string>(kind: Kind) => ({ kind: z.literal(kind), version: z.literal(1), at: time });

export const segmentsStatsSchema = z.object({
  ...head('segments-stats'),
  partitions: z.array(
    z.object({
      directory: z.string(),
      topic: z.string().nullable(),
      partition: z.int().nullable(),
      batches: z.int(),
      controlBatches: z.int(),
      records: z.int().describe('as the headers of batches declare them'),
      bytes: z.int(),
      firstOffset: offset.nullable(),
      nextOffset: offset.nullable(),
      firstTimestamp: time.nullable(),
      largestTimestamp: time.nullable(),
      smallestBatch: z.int().nullable(),
      largestBatch: z.int().nullable(),
      codecs: z.record(
        z.string(),
        z.object({
          batches: z.int(),
          records: z.int(),
          bytes: z.int(),
          uncompressedBytes: z.int().nullable().describe('null where nothing was decompressed'),
        }),
      ),
      rate: z.array(z.number()).describe('records in equal slices of the time range'),
      sliceMs: z.number(),
      keys: z
        .object({
          distinct: z.number().describe('an estimate'),
          replaced: z.number().describe('an estimate: records that have a newer one of the same key'),
          nullKeys: z.int(),
          tombstones: z.int(),
          top: z.array(
            z.object({
              key: bytesText,
              count: z.int(),
              error: z.int().describe('by how much count may be too large'),
            }),
          ),
        })
        .nullable()
        .describe('with --deep'),
      segments: z.array(
        z.object({
          file: z.string(),
          baseOffset: offset,
          nextOffset: offset,
          bytes: z.int(),
          batches: z.int(),
          records: z.int(),
          firstTimestamp: time.nullable(),
          largestTimestamp: time.nullable(),
          fate: z.object({
            baseOffset: offset,
            what: z.enum(['deletable', 'kept', 'active']),
            deletableAt: time.nullable(),
            why: z.string(),
          }),
        }),
      ),
      configs: z
        .array(z.object({ name: z.string(), value: z.string(), source: z.enum(CONFIG_SOURCES) }))
        .describe('by what retention and compaction were judged'),
      firstOpenOffset: offset.nullable().describe('where the oldest transaction begins that is still open'),
      compaction: z.object({
        firstDirtyOffset: offset.nullable(),
        cleanBytes: z.int(),
        dirtyBytes: z.int(),
        dirtyRatio: z.number().nullable(),
        due: z.boolean(),
        why: z.string(),
      }),
      unreadableBytes: z.int(),
      leftoverBytes: z.int().describe('in files that are not part of the log any more, or not yet'),
      findings: z.array(findingSchema),
    }),
  ),
  errors,
});

const commit = z.object({
  topic: z.string(),
  partition: z.int(),
  offset: offset.nullable().describe('null: deleted, or expired'),
  metadata: z.string().nullable(),
  committedAt: time.nullable(),
  commits: z.int().describe('how often, as far as compaction left it'),
  firstCommittedAt: time.nullable(),
  rewinds: z.int().describe('how often it went back'),
  pending: z.int().describe('within transactions that are still open where the log ends'),
});

export const segmentsGroupsSchema = z.object({
  ...head('segments-groups'),
  records: z.int(),
  bytes: z.int(),
  undecoded: z.int().describe('records of a newer Kafka, or that cannot be decoded'),
  groups: z.array(
    z.object({
      group: z.string(),
      type: z.enum(['classic', 'consumer', 'share', 'streams']),
      generation: z.int().nullable(),
      protocol: z.string().nullable(),
      members: z.array(
        z.object({ member: z.string(), clientId: z.string(), host: z.string(), partitions: z.int().nullable() }),
      ),
      deleted: z.boolean(),
      commits: z.array(commit),
      history: z.array(
        z.object({
          generation: z.int(),
          at: time.nullable(),
          members: z.array(z.string()),
          joined: z.array(z.string()),
          left: z.array(z.string()),
        }),
      ),
      generations: z.int(),
      joins: z.int(),
      leaves: z.int(),
      records: z.int(),
      bytes: z.int(),
      firstAt: time.nullable(),
      lastAt: time.nullable(),
    }),
  ),
  findings: z.array(findingSchema),
  errors,
});

export const segmentsFindSchema = z.object({
  ...head('segments-find'),
  found: z.array(
    z.object({
      directory: z.string(),
      file: z.string().nullable().describe('null: not found'),
      position: z.int().nullable(),
      batch: z
        .object({
          position: z.int(),
          size: z.int(),
          magic: z.int(),
          baseOffset: offset.nullable(),
          lastOffset: offset,
          records: z.int(),
          timestamp: time.nullable(),
          timestampType: z.string(),
          codec: z.string(),
          leaderEpoch: z.int().nullable(),
          producerId: z.number().nullable(),
          producerEpoch: z.int().nullable(),
          baseSequence: z.int().nullable(),
          lastSequence: z.int().nullable(),
          transactional: z.boolean(),
          control: z.boolean(),
          deleteHorizon: time.nullable(),
          crc: z.int(),
          valid: z.boolean().nullable(),
        })
        .nullable(),
      record: z
        .object({
          offset,
          timestamp: time.nullable(),
          key: bytesText.nullable(),
          value: bytesText.nullable(),
        })
        .nullable()
        .describe('null where there is none, or where its batch cannot be read: see findings'),
      bytesRead: z.int().describe('of logs'),
      findings: z.array(findingSchema),
    }),
  ),
  errors,
});

const diffSide = z.object({
  directory: z.string(),
  startOffset: offset.nullable(),
  endOffset: offset.nullable().describe('behind the last batch'),
  damagedBytes: z.int(),
  findings: z.array(findingSchema),
});
const diffBatch = z.object({
  file: z.string(),
  position: z.int(),
  size: z.int(),
  baseOffset: offset,
  lastOffset: offset,
  leaderEpoch: z.int(),
  crc: z.int(),
  valid: z.boolean(),
});

export const segmentsDiffSchema = z.object({
  ...head('segments-diff'),
  left: diffSide,
  right: diffSide,
  sameBatches: z.int(),
  differences: z
    .array(
      z.object({
        kind: z.enum(['content', 'epoch', 'borders', 'missing-left', 'missing-right', 'damaged-left', 'damaged-right']),
        offset,
        left: diffBatch.nullable(),
        right: diffBatch.nullable(),
      }),
    )
    .describe('the first ones'),
  total: z.int().describe('of differences'),
  errors,
});

export const segmentsSalvageSchema = z.object({
  ...head('segments-salvage'),
  partitions: z.array(
    z.object({
      directory: z.string(),
      target: z.string(),
      segments: z.int(),
      batches: z.int(),
      records: z.int(),
      bytes: z.int(),
      firstOffset: offset.nullable(),
      lastOffset: offset.nullable(),
      lost: z.array(z.object({ file: z.string(), from: offset, to: offset.nullable() })),
      findings: z.array(findingSchema),
    }),
  ),
  errors,
});

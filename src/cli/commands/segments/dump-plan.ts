import { type DecoderName, decoderFor } from '../../../segments/file-kind.ts';
import type { Filter } from '../../../segments/filter.ts';
import type { ValuesOf } from '../../command.ts';
import { usage } from '../../failure.ts';
import type { ByteFormat } from './bytes-text.ts';
import { type BytesText, decoderClass } from './decoder-class.ts';
import type { segmentsDump } from './descriptors.ts';
import { offsetRange, timeRange } from './ranges.ts';

export type DumpValues = ValuesOf<typeof segmentsDump>;

/** What a dump is to do, with Kafka's own options translated. */
export interface DumpPlan {
  readonly paths: readonly string[];
  readonly what: 'batches' | 'records';
  readonly format: 'kmedic' | 'kafka' | 'kafka-3.9';
  /** In Kafka's format: keys and payloads. */
  readonly contents: boolean;
  readonly skipMetadata: boolean;
  readonly filter: Filter;
  readonly crc: boolean;
  readonly limit: number | null;
  readonly tail: number | null;
  readonly maxBytes: number | null;
  readonly sideFiles: boolean;
  readonly keys: ByteFormat;
  readonly values: ByteFormat;
  readonly headers: boolean;
  /** In Kafka's format: texts of keys and values by one of Kafka's decoders; null for UTF-8. */
  readonly keyText: BytesText | null;
  readonly valueText: BytesText | null;
  /** Of indexes: what is in them; only what is wrong; only whether they are sound. */
  readonly indexes: 'entries' | 'verify' | 'sanity';
  decoder(path: string): DecoderName;
}

export function dumpPlan(args: readonly string[], options: DumpValues, now: number): DumpPlan {
  const paths = [...args, ...options.files.flatMap((list) => list.split(',').filter((path) => path !== ''))];
  if (paths.length === 0)
    throw usage('missing argument: path', 'a file, a directory of a partition, or a log directory');
  if (options.remoteLogMetadataDecoder) {
    throw usage(
      '--remote-log-metadata-decoder: these records are not decoded here',
      "their bytes: --records --values hex; decoded: Kafka's own kafka-dump-log.sh --remote-log-metadata-decoder",
    );
  }
  const named = namedDecoder(options);
  const printing =
    options.printDataLog ||
    named !== null ||
    options.keyDecoderClass !== undefined ||
    options.valueDecoderClass !== undefined;
  const kafkaRecords = printing || options.deepIteration || options.skipRecordMetadata;
  const inside = options.key !== undefined || options.grep !== undefined;
  if (options.batches && (options.records || kafkaRecords || inside)) {
    throw usage('--batches shows no records', 'leave it out, or leave out what is about records');
  }
  if (options.limit !== undefined && options.tail !== undefined) throw usage('--limit and --tail: choose one');
  const what = options.records || kafkaRecords || inside ? 'records' : 'batches';
  const format = options.format ?? (options.files.length > 0 ? 'kafka' : 'kmedic');
  const decoder = named ?? options.decoder;
  const keyText = decoderClass('--key-decoder-class', options.keyDecoderClass);
  const valueText = decoderClass('--value-decoder-class', options.valueDecoderClass);
  if (format === 'kmedic' && (keyText ?? valueText) !== null) {
    throw usage("--key-decoder-class and --value-decoder-class are about Kafka's format", 'add --format kafka');
  }
  // In Kafka's format nothing is decoded that was not asked for.
  const auto = format === 'kmedic' ? decoderFor : (): DecoderName => 'none';
  return {
    paths,
    what,
    format,
    contents: printing || options.decoder !== 'auto' || options.skipRecordMetadata || !options.deepIteration,
    skipMetadata: options.skipRecordMetadata,
    filter: {
      offsets: offsetRange(options.offsets),
      time: timeRange(options.time, now),
      key: options.key === undefined ? null : keyBytes(options.key),
      grep: options.grep === undefined ? null : pattern(options.grep),
      producerId: options.producer ?? null,
    },
    crc: !options.noCrc || format !== 'kmedic',
    limit: options.limit ?? null,
    tail: options.tail ?? null,
    maxBytes: options.maxBytes ?? null,
    sideFiles: options.sideFiles,
    keys: options.keys,
    values: options.values,
    headers: options.headers,
    keyText,
    valueText,
    indexes: options.indexSanityCheck ? 'sanity' : options.verifyIndexOnly ? 'verify' : 'entries',
    decoder: decoder === 'auto' ? auto : () => decoder,
  };
}

function namedDecoder(options: DumpValues): DecoderName | null {
  if (options.offsetsDecoder) return 'offsets';
  if (options.transactionLogDecoder) return 'transactions';
  if (options.clusterMetadataDecoder) return 'metadata';
  return options.shareGroupStateDecoder ? 'share-state' : null;
}

function keyBytes(text: string): Buffer {
  const hex = /^0x((?:[0-9a-f]{2})*)$/i.exec(text)?.[1];
  return hex === undefined ? Buffer.from(text) : Buffer.from(hex, 'hex');
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    if (error instanceof SyntaxError) throw usage(`--grep ${text}: ${error.message}`, 'it takes a regular expression');
    throw error;
  }
}

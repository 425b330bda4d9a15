import { cpSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { KAFKA_4 } from './fixtures.ts';

const BASE = '00000000000000000000';

/** A log directory with what made Kafka's tool write: a ragged index, a missing one beside its time index, a preallocated one, a torn log. */
export function temptingDirectory(place: string): string {
  const directory = join(place, 'data');
  cpSync(KAFKA_4, directory, { recursive: true });
  truncateSync(join(directory, 'none-0', `${BASE}.index`), 11);
  rmSync(join(directory, 'gzip-0', `${BASE}.index`));
  truncateSync(join(directory, 'lz4-0', `${BASE}.index`), 8192);
  truncateSync(join(directory, 'zstd-0', `${BASE}.log`), 1000);
  return directory;
}

/** Every way of reading such a directory. */
export function readingCommands(directory: string): readonly (readonly string[])[] {
  const partition = join(directory, 'none-0');
  return [
    ['dump', directory, '--side-files'],
    ['dump', directory, '--records', '-o', 'json'],
    ['dump', '--files', join(directory, 'gzip-0', `${BASE}.timeindex`)],
    ['dump', '--files', join(directory, 'none-0', `${BASE}.index`)],
    ['verify', directory, '--deep'],
    ['stats', directory, '--deep'],
    ['groups', directory],
    ['find', partition, '--offset', '20'],
    ['find', partition, '--time', '1700000010000'],
    ['find', partition, '--key', 'key-5'],
    ['find', directory, '--producer', '1'],
    ['diff', partition, join(KAFKA_4, 'none-0')],
  ];
}

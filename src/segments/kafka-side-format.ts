import type { SideEntry } from './dump-side-file.ts';
import type { FileType } from './file-kind.ts';
import { optionalLong } from './kafka-format.ts';

/** A file beside a log as Kafka's dump tool prints it. Files which that tool does not know are printed alike. */
export function kafkaSideLines(path: string, type: FileType, entries: readonly SideEntry[], as39 = false): string {
  if (type === 'offset-index' && entries.length === 0) return `${path} is empty.\n`;
  return entries.map((entry) => `${LINE[type]?.(entry, as39) ?? plain(entry)}\n`).join('');
}

function plain(entry: SideEntry): string {
  return Object.entries(entry)
    .map(([name, value]) => `${name}: ${value}`)
    .join(' ');
}

const LINE: Readonly<Partial<Record<FileType, (entry: SideEntry, as39: boolean) => string>>> = {
  'producer-snapshot': (entry, as39) => {
    const { currentTxnFirstOffset: open, lastTimestamp, firstSequence, ...rest } = entry;
    const head = plain({
      producerId: rest['producerId'] ?? null,
      producerEpoch: rest['producerEpoch'] ?? null,
      coordinatorEpoch: rest['coordinatorEpoch'] ?? null,
      currentTxnFirstOffset: optionalLong(typeof open === 'number' ? open : null),
      lastTimestamp: lastTimestamp ?? null,
    });
    if (firstSequence === null || firstSequence === undefined) return as39 ? `${head} ` : head;
    const { lastSequence = null, lastOffset = null, offsetDelta = null } = rest;
    return `${head} ${plain({ firstSequence, lastSequence, lastOffset, offsetDelta, timestamp: lastTimestamp ?? null })}`;
  },
};

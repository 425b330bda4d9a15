import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { BACKOFF, RESTING_CLEANER, seeStuckCleaner } from './stuck-cleaner.ts';

it('the files of the bundled broker tell that its cleaner does nothing, and that it does again', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'kmedic-log-dir-'));
  const address = ({ brokers: [broker] }: EmbeddedCluster): string => `${broker?.host}:${broker?.port}`;
  let cluster = await startCluster({ nodes: 1, dataDir, config: RESTING_CLEANER });
  try {
    expect(cluster.brokers).toHaveLength(1);
    await seeStuckCleaner(address(cluster), join(dataDir, 'node-1'), async () => {
      await cluster.close();
      cluster = await startCluster({ nodes: 1, dataDir, config: { [BACKOFF]: '200' } });
      return address(cluster);
    });
  } finally {
    await cluster.close();
    rmSync(dataDir, { recursive: true });
  }
}, 180_000);

import type { Probe } from '../model.ts';
import { CLEANING_PROBES } from './cleaning.ts';
import { CLIENT_PROBES } from './client.ts';
import { COMMIT_PROBES } from './commits.ts';
import { DISK_PROBES } from './disk.ts';
import { ISR_PROBES } from './isr.ts';
import { LAG_PROBES } from './lag.ts';
import { REBALANCE_PROBES } from './rebalance.ts';
import { TOPIC_PROBES } from './topics.ts';
import { TRANSACTION_PROBES } from './transactions.ts';

/** Every probe, by id. */
export const PROBES: ReadonlyMap<string, Probe> = new Map(
  [
    ...ISR_PROBES,
    ...DISK_PROBES,
    ...CLEANING_PROBES,
    ...TRANSACTION_PROBES,
    ...COMMIT_PROBES,
    ...REBALANCE_PROBES,
    ...LAG_PROBES,
    ...TOPIC_PROBES,
    ...CLIENT_PROBES,
  ].map((probe) => [probe.id, probe]),
);

import type { Tree } from '../model.ts';
import { broker } from './broker.ts';
import { commits } from './commits.ts';
import { compaction } from './compaction.ts';
import { disk } from './disk.ts';
import { duplicates } from './duplicates.ts';
import { durability } from './durability.ts';
import { isr } from './isr.ts';
import { lag } from './lag.ts';
import { loss } from './loss.ts';
import { offsetsTopic } from './offsets-topic.ts';
import { producer } from './producer.ts';
import { rebalance } from './rebalance.ts';
import { regions } from './regions.ts';
import { sizing } from './sizing.ts';
import { transactions } from './transactions.ts';

/** Every tree. Those whose verdicts explain others come first. */
export const TREES: readonly Tree[] = [
  isr,
  disk,
  broker,
  offsetsTopic,
  transactions,
  commits,
  rebalance,
  lag,
  duplicates,
  loss,
  compaction,
  durability,
  producer,
  sizing,
  regions,
];

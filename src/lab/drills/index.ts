import type { Drill } from '../drill.ts';
import { autoCommitLoss } from './auto-commit-loss.ts';
import { brokerDown } from './broker-down.ts';
import { compactionStuck } from './compaction-stuck.ts';
import { coordinatorDown } from './coordinator-down.ts';
import { diskFull } from './disk-full.ts';
import { duplicates } from './duplicates.ts';
import { hangingTransaction } from './hanging-transaction.ts';
import { hiddenCommitter } from './hidden-committer.ts';
import { hotPartition } from './hot-partition.ts';
import { isrShrink } from './isr-shrink.ts';
import { offlinePartition } from './offline-partition.ts';
import { offsetsTopicBloat } from './offsets-topic-bloat.ts';
import { rebalanceStorm } from './rebalance-storm.ts';
import { retentionOvertakesConsumer } from './retention-overtakes-consumer.ts';
import { slowBroker } from './slow-broker.ts';
import { slowConsumer } from './slow-consumer.ts';
import { stuckPartition } from './stuck-partition.ts';
import { tooManyConsumers } from './too-many-consumers.ts';
import { topicRecreated } from './topic-recreated.ts';
import { underMinIsr } from './under-min-isr.ts';

/** Every drill, from what happens often to what happens rarely. */
export const DRILLS: readonly Drill[] = [
  rebalanceStorm,
  slowConsumer,
  hotPartition,
  tooManyConsumers,
  stuckPartition,
  autoCommitLoss,
  duplicates,
  hiddenCommitter,
  isrShrink,
  underMinIsr,
  brokerDown,
  offlinePartition,
  offsetsTopicBloat,
  compactionStuck,
  diskFull,
  hangingTransaction,
  retentionOvertakesConsumer,
  topicRecreated,
  coordinatorDown,
  slowBroker,
];

import { afterEach, describe, expect, it, vi } from 'vitest';
import { GroupShard } from '../../src/broker/coordinator/shard.ts';
import { MetadataStore } from '../../src/broker/metadata/metadata-store.ts';
import { LeaderState } from '../../src/broker/replica/leader-state.ts';
import { PartitionReplica } from '../../src/broker/replica/replica.ts';
import { PartitionLog } from '../../src/log/partition-log.ts';
import { ProducerState } from '../../src/log/producer-state.ts';
import { expandSeed, type FaultWeights, type SimOptions } from './options.ts';
import { simulate } from './simulation.ts';

/*
 * Does the simulation find what it is there for? One rule at a time is broken, from outside, and it has to notice
 * within a bounded number of seeds.
 */

const SEEDS = 20;

const WITHOUT = Object.fromEntries(
  Object.keys(expandSeed(1).faults).map((name) => [name, 0]),
) as unknown as FaultWeights;

/** Leaders change often, and nobody is allowed to lose anything: every broken rule has its occasion soon. */
function contested(options: SimOptions): SimOptions {
  const configs = { 'min.insync.replicas': '2', 'segment.bytes': '2000' };
  const nodes = 3;
  return {
    ...options,
    nodes,
    elr: true,
    topics: [{ name: 't0', partitions: 2, replicationFactor: 3, configs }],
    producers: { acks0: 1, acks1: 1, acksAll: 1, idempotent: 1 },
    groups: [2],
    maxDown: 1,
    faultEveryMs: 300,
    adminEveryMs: 0,
    faults: {
      ...WITHOUT,
      kill: 6,
      stop: 4,
      freeze: 4,
      powerLoss: 8,
      isolate: 8,
      cut: 8,
      restart: 12,
      movedCoordinator: 4,
    },
  };
}

/** The first seed that fails, and how; null where none does. */
function firstFailure(): string | null {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { failure } = simulate(seed, contested);
    if (failure !== null) return `seed ${seed}: ${failure}`;
  }
  return null;
}

afterEach(() => vi.restoreAllMocks());

const MUTANTS: readonly { readonly rule: string; readonly breakIt: () => void }[] = [
  {
    rule: 'the high watermark waits for the ISR',
    breakIt: () => {
      vi.spyOn(LeaderState.prototype, 'highWatermark').mockImplementation((leaderEnd) => leaderEnd);
    },
  },
  {
    rule: 'the high watermark waits for the ISR that was proposed, too',
    breakIt: () => {
      vi.spyOn(LeaderState.prototype, 'maximalIsr').mockImplementation(function (this: LeaderState) {
        return new Set([...this.isr].slice(0, 1));
      });
    },
  },
  {
    rule: 'who joins the ISR has everything up to the high watermark',
    breakIt: () => {
      vi.spyOn(LeaderState.prototype, 'expanded').mockImplementation(function (this: LeaderState, follower) {
        return this.proposalInFlight || this.isr.includes(follower) ? null : [...this.isr, follower];
      });
    },
  },
  {
    rule: 'below min.insync.replicas the high watermark stays: who left the ISR then may still lead',
    breakIt: () => {
      vi.spyOn(LeaderState.prototype, 'hasEnoughInSync').mockReturnValue(true);
    },
  },
  {
    rule: 'a log is cut where it parts from its leader’s',
    breakIt: () => {
      vi.spyOn(PartitionLog.prototype, 'endOffsetForEpoch').mockImplementation(function (this: PartitionLog, epoch) {
        return { epoch, endOffset: this.logEndOffset };
      });
    },
  },
  {
    rule: 'acks=all is answered once the ISR has it',
    breakIt: () => {
      const append = PartitionReplica.prototype.append;
      vi.spyOn(PartitionReplica.prototype, 'append').mockImplementation(function (
        this: PartitionReplica,
        records,
        acks,
        ...rest
      ) {
        append.call(this, records, acks === -1 ? 1 : acks, ...rest);
      });
    },
  },
  {
    rule: 'a repeated batch is appended once',
    breakIt: () => {
      vi.spyOn(ProducerState.prototype, 'duplicateOf').mockReturnValue(null);
      vi.spyOn(ProducerState.prototype, 'check').mockReturnValue(undefined);
    },
  },
  {
    rule: 'metadata is committed by a majority',
    breakIt: () => {
      vi.spyOn(MetadataStore.prototype, 'committedOffset', 'get').mockImplementation(function (this: MetadataStore) {
        return this.endOffset;
      });
      const append = MetadataStore.prototype.appendBatch;
      vi.spyOn(MetadataStore.prototype, 'appendBatch').mockImplementation(function (this: MetadataStore, ...args) {
        append.apply(this, args);
        this.commitTo(this.endOffset);
      });
    },
  },
  {
    rule: 'metadata is flushed before anybody is told of it',
    breakIt: () => {
      const flush = PartitionLog.prototype.flush;
      vi.spyOn(PartitionLog.prototype, 'flush').mockImplementation(function (this: PartitionLog) {
        if (this.topic !== '__cluster_metadata') flush.call(this);
      });
    },
  },
  {
    rule: 'a generation is never given twice',
    breakIt: () => {
      const replay = GroupShard.prototype.replay;
      let kept = 0;
      vi.spyOn(GroupShard.prototype, 'replay').mockImplementation(function (this: GroupShard, key, value, now) {
        // Every third record is overlooked when another node takes over.
        return kept++ % 3 === 0 ? replay.call(this, key, null, now) : replay.call(this, key, value, now);
      });
    },
  },
];

describe('a broken rule is found', () => {
  it.each(MUTANTS)(
    '$rule',
    ({ breakIt }) => {
      breakIt();
      expect(firstFailure()).not.toBeNull();
    },
    120_000,
  );
});

import { WRONG } from './corrections.ts';

/** The documents' two profiles, setting by setting. Values are what to aim at; `beware` is what the document gets wrong. */
export interface TradeOff {
  readonly setting: string;
  readonly of: 'producer' | 'consumer' | 'topic';
  readonly throughput: string;
  readonly durability: string;
  /** What is gained and paid. */
  readonly price: string;
  readonly beware: (typeof WRONG)[keyof typeof WRONG] | null;
  /** Leaves that deal with it: of the profile for throughput, and of the one for durability. */
  readonly leaves: { readonly throughput: string; readonly durability: string };
}

export const TRADE_OFFS: readonly TradeOff[] = [
  {
    setting: 'acks',
    of: 'producer',
    throughput: '1',
    durability: 'all',
    price:
      'with 1 whatever the leader has not replicated is lost with it; with all each write waits for the slowest replica in sync',
    beware: null,
    leaves: { throughput: 'DUR-09', durability: 'PRO-08' },
  },
  {
    setting: 'min.insync.replicas',
    of: 'topic',
    throughput: '1',
    durability: '2',
    price: 'with 2 of 3 one broker may be away, the second stops acks=all writers',
    beware: WRONG.allWithMinOne,
    leaves: { throughput: 'DUR-09', durability: 'DUR-04' },
  },
  {
    setting: 'enable.idempotence',
    of: 'producer',
    throughput: 'as it comes (true)',
    durability: 'true',
    price: 'next to nothing; it is off as soon as acks is not all',
    beware: WRONG.producerDefaults,
    leaves: { throughput: 'PRO-13', durability: 'PRO-09' },
  },
  {
    setting: 'linger.ms',
    of: 'producer',
    throughput: '50 to 100',
    durability: '0 to 5',
    price: 'records wait for company; under load batches fill before it is over',
    beware: WRONG.producerDefaults,
    leaves: { throughput: 'PRO-12', durability: 'PRO-11' },
  },
  {
    setting: 'batch.size',
    of: 'producer',
    throughput: '128 to 512 KB',
    durability: '16 to 64 KB',
    price: 'memory per partition that is written; an upper bound, not a target',
    beware: null,
    leaves: { throughput: 'PRO-12', durability: 'PRO-11' },
  },
  {
    setting: 'compression.type',
    of: 'producer',
    throughput: 'lz4 or zstd',
    durability: 'snappy or none',
    price: 'CPU of clients against network and disk; durability does not depend on it',
    beware: null,
    leaves: { throughput: 'PRO-12', durability: 'PRO-11' },
  },
  {
    setting: 'enable.auto.commit',
    of: 'consumer',
    throughput: 'true',
    durability: 'false, with commits after the work',
    price: 'a commit of one’s own is code; an automatic one fits loops that finish before they poll again',
    beware: WRONG.autoCommitMostOnce,
    leaves: { throughput: 'LOS-02', durability: 'LOS-01' },
  },
  {
    setting: 'max.poll.records',
    of: 'consumer',
    throughput: '1000 and more',
    durability: '50 to 100',
    price: 'a larger batch costs less per record, and takes longer until the next poll',
    beware: WRONG.pollRecordsDefault,
    leaves: { throughput: 'SIZ-06', durability: 'REB-01' },
  },
  {
    setting: 'replication.factor',
    of: 'topic',
    throughput: '2',
    durability: '3',
    price: 'disk and network once more for each',
    beware: null,
    leaves: { throughput: 'DUR-09', durability: 'DUR-01' },
  },
  {
    setting: 'unclean.leader.election.enable',
    of: 'topic',
    throughput: 'true',
    durability: 'false',
    price: 'with true a partition comes back sooner, without what its new leader lacks',
    beware: WRONG.onlyIsrLeads,
    leaves: { throughput: 'DUR-06', durability: 'DUR-06' },
  },
];

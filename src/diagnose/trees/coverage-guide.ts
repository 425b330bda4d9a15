import type { Section } from './coverage.ts';

/** The guide with the decision trees, the post-mortem and the cheat sheet. */
export const GUIDE: readonly Section[] = [
  {
    document: '002',
    section: 'Kafka Compaction Decision Tree',
    branches: [
      ['immutable events', 'CMP-01'],
      ['latest state per key', 'CMP-02'],
      ['very low volume', 'CMP-03'],
      ['a damaged segment, or offsets missing', 'CMP-13', 'CMP-14', 'CMP-15', 'CMP-09'],
      ['no disk space despite retention', 'DSK-05', 'DSK-06', 'DSK-07'],
    ],
  },
  {
    document: '002',
    section: 'Consumer Lag Investigation Tree',
    branches: [
      ['grows, CPUs below 80 %', 'BEH-17', 'BEH-18', 'BEH-19'],
      ['grows, a CPU at 100 %', 'BEH-16', 'BEH-13'],
      ['spikes, then zero', 'BEH-08'],
      ['one partition far behind', 'BEH-12', 'BEH-13'],
      ['zero, and nothing arrives downstream', 'BEH-22', 'LOS-01', 'LOS-07', 'LOS-08'],
    ],
  },
  {
    document: '002',
    section: 'Producer Configuration Strategy',
    branches: [
      ['loss is unacceptable', 'PRO-11', 'PRO-08', 'PRO-09', 'PRO-10'],
      ['throughput comes first', 'PRO-13', 'PRO-12'],
      ['development', 'PRO-14'],
      ['strict order per key', 'PRO-16', 'PRO-15'],
      ['the buffer fills, send() blocks', 'PRO-05', 'BRK-02'],
    ],
  },
  {
    document: '002',
    section: 'Replication and ISR Decision Tree',
    branches: [
      ['transactional data', 'DUR-11', 'DUR-01', 'DUR-03'],
      ['logs, metrics', 'DUR-09', 'DUR-02'],
      ['one follower always lags', 'REP-08', 'REP-14'],
      ['a single broker', 'DUR-01', 'DUR-10'],
      ['several brokers down at once', 'REP-07', 'REP-04', 'PRO-01'],
    ],
  },
  {
    document: '002',
    section: 'Production debug guide',
    branches: [
      ['continuous rebalance loop', 'REB-01'],
      ['NotEnoughReplicas', 'REP-09', 'REP-07', 'PRO-01'],
      ['lag grows at 100 % CPU', 'BEH-16', 'BEH-15'],
      ['processed twice', 'DUP-03'],
      ['send() blocks for seconds', 'PRO-05', 'BRK-02'],
    ],
  },
  {
    document: '002',
    section: 'Quick Debug Cheat Sheet',
    branches: [
      ['rebalancing repeatedly', 'REB-01'],
      ['under-replicated partitions', 'REP-06', 'REP-08'],
      ['loss suspected', 'LOS-01', 'LOS-07'],
      ['producers time out', 'PRO-06', 'PRO-05', 'BRK-01', 'BRK-02'],
      ['compaction does not clean', 'CMP-07', 'CMP-06', 'CMP-08', 'CMP-12'],
    ],
  },
  {
    document: '002',
    section: 'Common mistakes',
    branches: [
      ['keys with few values', 'BEH-13', 'BEH-12'],
      ['auto-commit with slow logic', 'LOS-01', 'DUP-03'],
      ['partition count without a plan', 'SIZ-02', 'SIZ-04'],
      ['max.poll.interval.ms ignored', 'REB-01', 'REB-03'],
      ['acks=all without min.insync.replicas=2', 'DUR-04'],
    ],
  },
  {
    document: '002',
    section: 'Post-mortem: rebalance storm',
    branches: [
      ['symptom', 'REB-01', 'BEH-08'],
      ['wrong assumption', 'REB-03'],
      ['root cause', 'REB-03', 'REB-01'],
      ['fix', 'REB-03', 'REB-01', 'REB-08'],
      ['lessons', 'REB-03', 'REB-05', 'REB-01'],
    ],
  },
  {
    document: '002',
    section: 'Kafka Configuration Trade-offs',
    branches: [
      ['acks', 'DUR-09', 'PRO-08'],
      ['min.insync.replicas', 'DUR-09', 'DUR-04'],
      ['enable.idempotence', 'PRO-13', 'PRO-09'],
      ['linger.ms', 'PRO-12', 'PRO-11'],
      ['batch.size', 'PRO-12', 'PRO-11'],
      ['compression.type', 'PRO-12', 'PRO-11'],
      ['enable.auto.commit', 'LOS-02', 'LOS-01'],
      ['max.poll.records', 'SIZ-06', 'REB-01'],
      ['replication.factor', 'DUR-09', 'DUR-03'],
      ['unclean.leader.election.enable', 'DUR-06'],
    ],
  },
  {
    document: '002',
    section: 'Append-Only Log (segments)',
    branches: [['closed segments go, the active one stays', 'DSK-05']],
  },
  {
    document: '002',
    section: 'Why the High Watermark Matters',
    branches: [['a stalled watermark, and lag', 'BEH-03']],
  },
  {
    document: '002',
    section: 'The Silent Rebalance Loop',
    branches: [
      ['processing time against max.poll.interval.ms', 'REB-01'],
      ['session timeout against the broker’s minimum', 'REB-12'],
    ],
  },
  {
    document: '002',
    section: 'Production Insight (rebalancing)',
    branches: [['eager assignors stop everybody', 'REB-08']],
  },
  { document: '002', section: 'Production Insight (ISR)', branches: [['the ISR shrinks silently', 'REP-18']] },
  {
    document: '002',
    section: 'Partition Key Design',
    branches: [['keys with few values make hot partitions', 'BEH-13', 'BEH-12']],
  },
  {
    document: '002',
    section: 'Producer Durability vs Latency',
    branches: [
      ['acks=0 and acks=1', 'LOS-06', 'DUR-08'],
      ['acks=all needs min.insync.replicas', 'DUR-04'],
      ['idempotence', 'DUP-05'],
    ],
  },
  {
    document: '002',
    section: 'Replication, ISR',
    branches: [
      ['a broker dies, followers take over', 'REP-06', 'PRO-02'],
      ['no replica left to lead', 'BEH-01', 'BEH-02'],
    ],
  },
  {
    document: '002',
    section: 'Replication, ISR (unclean election)',
    branches: [['availability at the price of records', 'REP-01', 'COM-02', 'LOS-05', 'DUR-06']],
  },
  {
    document: '002',
    section: 'Under-Replicated Partitions',
    branches: [['a spare is missing, the next failure hurts', 'REP-06']],
  },
  {
    document: '002',
    section: 'Key Takeaway (replication)',
    branches: [
      ['three replicas, two in sync', 'DUR-01'],
      ['never a single replica', 'REP-03', 'REP-22'],
    ],
  },
  { document: '002', section: 'Key Takeaway (partitions)', branches: [['partitions bound the parallelism', 'SIZ-04']] },
  {
    document: '002',
    section: 'Key takeaways',
    branches: [
      ['commit when partitions are revoked', 'DUP-04'],
      ['acks=all is not enough by itself', 'PRO-08'],
    ],
  },
];

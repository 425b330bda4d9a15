import type { Section } from './coverage.ts';

/** The articles, the reference with formulas and examples, the course, and the reading list. */
export const ARTICLES: readonly Section[] = [
  {
    document: '001',
    section: 'Frequent ISR Shrinking',
    branches: [
      ['network latency', 'REP-15'],
      ['load on the follower', 'REP-16', 'REP-08'],
      ['GC pauses', 'REP-16', 'REP-05'],
      ['disk I/O', 'REP-14', 'BRK-03'],
      ['fetch and lag parameters', 'REP-15', 'REP-12', 'REP-13'],
      ['a slow leader', 'REP-11'],
    ],
  },
  {
    document: '001',
    section: 'Data Loss Risks',
    branches: [
      ['the ISR is a single replica', 'DUR-04', 'DUR-01'],
      ['unclean elections', 'DUR-06', 'REP-01', 'COM-02'],
      ['the network splits', 'REP-15', 'LOS-06'],
      ['replicas lost together', 'DUR-07'],
      ['replicas watched, and balanced', 'REP-20', 'DUR-11'],
    ],
  },
  { document: '001', section: 'Data Loss Risks (capacity)', branches: [['surges and headroom', 'DSK-07']] },
  { document: '001', section: 'Data Loss Risks (balanced distribution)', branches: [['uneven brokers', 'DSK-08']] },
  {
    document: '001',
    section: 'Too Many Consumers',
    branches: [
      ['idle members', 'SIZ-01'],
      ['more partitions for more readers', 'BEH-15'],
    ],
  },
  {
    document: '001',
    section: 'Consumption Skew',
    branches: [
      ['assignment strategy', 'BEH-14', 'BEH-07'],
      ['finer partitions', 'BEH-13'],
      ['hot keys', 'BEH-12'],
      ['capacity of single members', 'BEH-14'],
    ],
  },
  {
    document: '001',
    section: 'Duplicate Processing',
    branches: [
      ['idempotent effects', 'DUP-07'],
      ['commits by hand', 'DUP-03', 'DUP-01'],
      ['commit intervals', 'DUP-03'],
      ['deduplication', 'DUP-07'],
    ],
  },
  {
    document: '001',
    section: 'Frequent Rebalancing',
    branches: [
      ['slow processing', 'REB-02', 'REB-05'],
      ['long GC pauses', 'REB-04'],
      ['unstable network', 'REB-15'],
      ['static membership', 'REB-08', 'REB-06'],
    ],
  },
  {
    document: '001',
    section: 'Slow Rebalance Process',
    branches: [
      ['too many members, topics, partitions', 'REB-10'],
      ['members that do not answer', 'REB-11'],
    ],
  },
  {
    document: '001',
    section: 'What Triggers a Rebalance',
    branches: [
      ['members come, leave or crash', 'REB-06', 'REB-07'],
      ['subscriptions or partitions change', 'REB-14', 'COM-06'],
      ['an administrator', 'REB-14', 'REB-11'],
    ],
  },
  {
    document: '001',
    section: 'Partition Assignment Strategies',
    branches: [
      ['range and round-robin', 'BEH-14'],
      ['sticky', 'REB-08'],
    ],
  },
  {
    document: '001',
    section: 'Proper Timeout Settings',
    branches: [
      ['session timeout', 'REB-04'],
      ['heartbeat interval', 'REB-13'],
    ],
  },
  { document: '001', section: 'Monitoring and Alerts', branches: [['how often, how long, how much lag', 'REB-20']] },
  { document: '001', section: 'Consumer Group Configuration', branches: [['session timeout', 'REB-12']] },
  { document: '001', section: 'Consumer Group Isolation', branches: [['groups are independent', 'DUP-08']] },
  { document: '001', section: 'Consumer Count Planning', branches: [['least, most, recommended', 'SIZ-03']] },
  { document: '001', section: 'Consumer Offset Commit Strategy', branches: [['automatic or by hand', 'LOS-01']] },
  {
    document: '001',
    section: 'How to Use Kafka Producer Retries',
    branches: [
      ['retries', 'PRO-10', 'PRO-07'],
      ['retry.backoff.ms', 'PRO-07', 'PRO-17'],
      ['delivery.timeout.ms', 'PRO-07'],
      ['enable.idempotence', 'PRO-09', 'DUP-05'],
      ['a network that stutters', 'PRO-17'],
      ['a broker that fails over', 'PRO-02', 'PRO-17'],
    ],
  },
  {
    document: '001',
    section: 'How Does Kafka Log Compaction Work',
    branches: [
      ['the dirty ratio', 'CMP-07'],
      ['by an interval', 'CMP-08', 'CMP-02'],
      ['by hand', 'CMP-06'],
      ['records need keys', 'CMP-02'],
      ['the cleaner takes resources', 'CMP-04', 'OFF-02'],
      ['what is compacted, and what is not yet', 'CMP-11', 'DSK-04', 'OFF-05', 'CMP-05'],
    ],
  },
  {
    document: '001',
    section: 'What is Zero Copy',
    branches: [
      ['the page cache serves consumers that keep up', 'BRK-03'],
      ['copies that TLS and recompression bring back', 'BRK-04'],
      ['transfer over distance', 'BEH-19'],
    ],
  },
  {
    document: '001',
    section: 'Partition Sizing Guidelines',
    branches: [['rate ÷ rate of a partition', 'SIZ-04', 'SIZ-05']],
  },
  {
    document: '003',
    section: 'Consumer Lag',
    branches: [
      ['end − committed', 'BEH-17', 'BEH-21'],
      ['what lag means for retention', 'COM-03', 'LOS-03'],
    ],
  },
  {
    document: '003',
    section: 'Consumer Lag Growth Rate',
    branches: [
      ['written − read', 'BEH-17', 'BEH-06', 'COM-08'],
      ['when it shrinks', 'BEH-11'],
    ],
  },
  {
    document: '003',
    section: 'Consumer Processing Rate',
    branches: [
      ['records per poll ÷ time per poll', 'SIZ-06', 'BEH-17', 'BEH-18'],
      ['bytes per fetch ÷ time per fetch', 'BEH-19', 'BEH-20', 'SIZ-03'],
    ],
  },
  {
    document: '003',
    section: 'Batch Efficiency',
    branches: [
      ['records × size ÷ batch.size', 'PRO-12', 'PRO-13'],
      ['time until a batch is full', 'SIZ-06', 'PRO-12'],
    ],
  },
  { document: '003', section: 'Batch Size Optimization', branches: [['batch.size and linger.ms', 'PRO-12']] },
  {
    document: '003',
    section: 'Dead Letter Queue',
    branches: [
      ['a poison pill blocks its partition', 'BEH-09'],
      ['keep the record with where it came from, and why', 'LOS-08', 'BEH-09'],
    ],
  },
  { document: '003', section: 'Error Handling', branches: [['retry, then dead-letter', 'BEH-09', 'BEH-10', 'LOS-08']] },
  {
    document: '003',
    section: 'Consumer with Manual Offset Management and Retry',
    branches: [['seek back, commit what is done', 'BEH-09', 'DUP-01']],
  },
  {
    document: '003',
    section: 'Python Consumer with Manual Offset Management',
    branches: [['not committed is not enough', 'LOS-08']],
  },
  {
    document: '003',
    section: 'Consumer Group Sizing',
    branches: [['members and partitions', 'SIZ-01', 'SIZ-02', 'SIZ-03', 'BEH-15']],
  },
  {
    document: '003',
    section: 'Bash Consumer Monitoring Script',
    branches: [
      ['list groups', 'BEH-06', 'BEH-17'],
      ['describe a group', 'BEH-17', 'BEH-07'],
      ['its state', 'BEH-17'],
      ['reset, dry run', 'COM-01'],
      ['reset, for real', 'COM-03', 'DUP-02'],
    ],
  },
  {
    document: '003',
    section: 'At-Least-Once Delivery',
    branches: [['commit after the work, bear duplicates', 'DUP-03', 'DUP-07']],
  },
  {
    document: '003',
    section: 'Rebalance Impact',
    branches: [
      ['how long it takes', 'REB-11'],
      ['cooperative rebalancing', 'REB-08'],
    ],
  },
  {
    document: '003',
    section: 'Offset Commit Strategy',
    branches: [['sync and async commits', 'DUP-01', 'OFF-03', 'LOS-07']],
  },
  {
    document: '003',
    section: 'Transaction Management',
    branches: [
      ['short transactions', 'TXN-02', 'TXN-03'],
      ['transaction.timeout.ms', 'TXN-01', 'TXN-02'],
      ['what waits for them', 'BEH-04', 'CMP-05', 'OFF-04'],
    ],
  },
  {
    document: '003',
    section: 'Transactional Producer-Consumer Example',
    branches: [['offsets inside the transaction', 'TXN-01', 'TXN-02']],
  },
  { document: '003', section: 'Isolation Level', branches: [['read_committed waits', 'BEH-04']] },
  { document: '003', section: 'Idempotent Producer', branches: [['what it removes, and what not', 'DUP-06']] },
  { document: '003', section: 'Idempotent Producers', branches: [['switch it on', 'PRO-09', 'DUP-05']] },
  { document: '003', section: 'Producer Configurations', branches: [['requests in flight and order', 'PRO-15']] },
  { document: '003', section: 'acks', branches: [['0, 1, all', 'LOS-06', 'PRO-08']] },
  { document: '003', section: 'Memory Management', branches: [['bytes per fetch', 'BEH-19', 'SIZ-06']] },
  { document: '003', section: 'Partitioning Strategy', branches: [['keys and custom partitioners', 'BEH-13']] },
  { document: '003', section: 'Performance Metrics', branches: [['what compression saves', 'DSK-07']] },
  {
    document: '003',
    section: 'Key Concepts (group coordinator)',
    branches: [['one broker keeps a group', 'REP-02', 'BEH-05']],
  },
  {
    document: '004',
    section: 'Detailed Offset Tracking',
    branches: [
      ['what is committed, and where', 'COM-01', 'COM-05', 'COM-06'],
      ['inside the log, or not', 'COM-10'],
    ],
  },
  {
    document: '004',
    section: 'Handling Consumer Failures',
    branches: [
      ['crash, and resume at the commit', 'DUP-03', 'COM-12', 'COM-13'],
      ['nobody takes over', 'BEH-06'],
    ],
  },
  {
    document: '004',
    section: 'Offset Persistence Strategies',
    branches: [
      ['automatic commits', 'LOS-01', 'LOS-02', 'DUP-03'],
      ['commits by hand', 'COM-09', 'COM-11', 'LOS-09', 'BEH-10'],
    ],
  },
  {
    document: '004',
    section: 'Consumer Group Rebalancing',
    branches: [['the next owner begins at the commit', 'DUP-04']],
  },
  {
    document: '000',
    section: 'Why __consumer_offsets can fill your disk',
    branches: [
      ['frequent synchronous commits', 'OFF-03'],
      ['cleanup that is set up wrong', 'OFF-01', 'OFF-05', 'OFF-04'],
      ['the cleaner that is off', 'OFF-02'],
      ['what is left over', 'OFF-06', 'OFF-07', 'DSK-03'],
    ],
  },
  {
    document: '000',
    section: 'Why rebalance causes backlog, duplicates and data loss',
    branches: [
      ['backlog', 'BEH-08', 'REB-01'],
      ['duplicates', 'DUP-04'],
      ['loss', 'LOS-01'],
    ],
  },
  {
    document: '000',
    section: 'How to Prevent Duplicate Consumption',
    branches: [
      ['idempotent design', 'DUP-07', 'DUP-06'],
      ['commits by hand', 'DUP-03', 'DUP-02'],
      ['exactly once', 'DUP-07'],
      ['dead-letter queues', 'DUP-07', 'RGN-04'],
    ],
  },
  {
    document: '000',
    section: 'Uber, multi-region Kafka',
    branches: [
      ['active/active', 'RGN-01'],
      ['active/passive, offsets translated', 'RGN-04'],
      ['fresh data first', 'RGN-05'],
      ['copies with the same offsets, or none', 'RGN-02', 'RGN-03'],
    ],
  },
  {
    document: '000',
    section: 'Manual Kafka Offset Management in Spark Streaming',
    branches: [['readers that never join', 'COM-11', 'COM-09']],
  },
  {
    document: '000',
    section: 'Understanding Kafka Consumer Groups',
    branches: [['a group and its coordinator', 'REP-02']],
  },
  { document: '000', section: 'Kafka Offset Management and Replication', branches: [['how commits expire', 'COM-13']] },
];

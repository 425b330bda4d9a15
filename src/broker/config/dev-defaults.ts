/**
 * Where this broker's defaults differ from Kafka's, and why. It serves development, tests and drills on one machine:
 * what costs Kafka seconds at startup or dozens of partitions is small here. Everything can be set back with
 * `--config name=value`.
 */
export function devDefaults(nodes: number): ReadonlyMap<string, string> {
  const internalReplicas = String(Math.min(3, nodes));
  return new Map([
    // Kafka waits 3 s for more members before the first rebalance of an empty group.
    ['group.initial.rebalance.delay.ms', '0'],
    // Kafka makes 50 partitions of each internal topic; 4 still show that groups spread over coordinators.
    ['offsets.topic.num.partitions', '4'],
    ['offsets.topic.replication.factor', internalReplicas],
    ['transaction.state.log.num.partitions', '4'],
    ['transaction.state.log.replication.factor', internalReplicas],
    ['transaction.state.log.min.isr', nodes >= 3 ? '2' : '1'],
    // A small cluster fails over in seconds, so that a drill need not wait.
    ['broker.heartbeat.interval.ms', '500'],
    ['broker.session.timeout.ms', '6000'],
    // Kafka looks every 15 s for logs that want compaction.
    ['log.cleaner.backoff.ms', '1000'],
    // KIP-848 groups rebalance at the pace of heartbeats: 5 s in Kafka.
    ['group.consumer.heartbeat.interval.ms', '1000'],
    ['group.consumer.min.heartbeat.interval.ms', '100'],
  ]);
}

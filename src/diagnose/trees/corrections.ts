import type { Leaf } from '../model.ts';

type Correction = Leaf['corrections'][number];

const wrong = (fact: string | null, claim: string, right: string): Correction => ({ claim, right, fact });

/**
 * What the source documents say and Kafka does not do, each once, in our own words. `fact` is the id of the claim in the
 * list of commonly repeated ones; null where the documents alone say it.
 */
export const WRONG = {
  coordinatorWatchesPoll: wrong(
    'a',
    'the group coordinator watches how often a member polls, and throws it out after max.poll.interval.ms',
    'the client watches itself: its heartbeat thread sends LeaveGroup (a static member only stops heartbeating). The coordinator knows heartbeats, and max.poll.interval.ms as the rebalance timeout',
  ),
  allWithMinOne: wrong(
    'b',
    'acks=all with min.insync.replicas=1 is the same as acks=1',
    'acks=all waits for every replica that is in the ISR at that moment; the two coincide only while the ISR is the leader alone',
  ),
  sessionRaised: wrong(
    'c',
    'a session timeout below the broker’s minimum is raised silently',
    'the coordinator refuses the member with INVALID_SESSION_TIMEOUT, and the client stops with it',
  ),
  forcedCompaction: wrong(
    'd',
    'a leader election, or some other command, makes the cleaner run',
    'an election only changes leaders. Nothing forces compaction: lower min.cleanable.dirty.ratio or segment.ms, or set max.compaction.lag.ms; the active segment is never compacted',
  ),
  forcedRoll: wrong(
    'e',
    'kafka-log-dirs can roll a segment',
    'that tool only reads. A segment rolls on an append, by segment.ms, segment.bytes or a full index, or when retention finds everything in it expired',
  ),
  defaultAssignor: wrong(
    'f',
    'RangeAssignor is the default assignor',
    'since 3.0 the default list is range, then cooperative-sticky: range is in force until every member has dropped it; groups of the newer protocol are assigned by the broker (uniform)',
  ),
  resumeAfterCommitted: wrong(
    'g',
    'a committed offset of 3 means that reading goes on at 4',
    'the committed offset is the next one to read: 3 means that 2 was the last one done',
  ),
  lagTime: wrong(
    'h',
    'replica.lag.time.max.ms is 10 s by default',
    '30 s since Kafka 2.5; a follower leaves the ISR 1 to 1.5 times that after the trouble began',
  ),
  inFlightOne: wrong(
    'i',
    'strict order needs max.in.flight.requests.per.connection=1',
    'an idempotent producer (the default) keeps order with up to 5. Without idempotence even 1 lets a late duplicate land behind newer records',
  ),
  describeLastPoll: wrong(
    'j',
    'describing a group shows how long ago each member polled',
    'nothing on the wire tells; only the client’s own metric last-poll-seconds-ago does',
  ),
  lagWhenIsrShrinks: wrong(
    'l',
    'lag jumps when the ISR shrinks, because the high watermark stands still',
    'lag is counted against the high watermark: while that stands still lag looks healthy, and it jumps when the watermark moves again. The backlog is what the leader holds beyond it',
  ),
  producerDefaults: wrong(
    'm',
    'idempotence has to be switched on, retries are 3, linger.ms is 0',
    'idempotence is on by default since 3.0 (and silently off with acks other than all), retries are unlimited within delivery.timeout.ms, linger.ms is 5 since 4.0',
  ),
  sessionDefault: wrong(
    'n',
    'session.timeout.ms is 10 s',
    '45 s by default since 3.0; not used at all by groups of the newer protocol, whose timeouts are the broker’s',
  ),
  pollRecordsDefault: wrong('o', 'max.poll.records is unlimited by default', '500 since 0.10.1'),
  partitionsNeedDowntime: wrong(
    'p',
    'adding partitions needs downtime or a new topic',
    'it is done online. The price: keys move to other partitions, and a consumer with auto.offset.reset=latest misses what is written before it learns of them',
  ),
  zooKeeper: wrong(
    'q',
    'ZooKeeper keeps the ISR',
    'ZooKeeper is gone since 4.0: the leader tells the KRaft controllers, which keep it in the metadata log',
  ),
  onlyIsrLeads: wrong(
    'r',
    'only a replica in the ISR can become leader without loss',
    'where eligible leader replicas are on (new clusters since 4.1) one of those can as well when the ISR is empty; records written with acks=1 meanwhile are lost by it',
  ),
  describeShowsPolicy: wrong(
    's',
    'describing a topic shows its cleanup policy and segment settings',
    'it shows only what was set somewhere; what is in force by default is not shown',
  ),
  keylessStay: wrong(
    'u',
    'records without a key stay as they are in a compacted topic',
    'a broker refuses them (INVALID_RECORD); those from before the policy was changed are deleted by the cleaner',
  ),
  oldTools: wrong(
    'v',
    'offsets are listed with kafka.tools.GetOffsetShell --broker-list',
    'the class moved and the option is gone in 4.0; kafka-get-offsets takes --bootstrap-server. Replica verification still ships, deprecated',
  ),
  topicPartitionSyntax: wrong(
    't',
    'a partition can be named topic:0 wherever a topic is',
    'only resetting and deleting offsets of groups takes that; kafka-topics takes a regular expression',
  ),
  jmxNames: wrong(
    'k',
    'the metrics of rebalances are rebalances.total and rebalance.time.total',
    'they are rebalance-total and rebalance-latency-total. kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions, however, is right',
  ),
  pollHeartbeats: wrong(
    null,
    'poll() sends the heartbeats',
    'the Java client heartbeats from a thread of its own since 0.10.1, so a member can look alive and process nothing. kafkajs does heartbeat from the processing loop',
  ),
  pollRecordsPerPartition: wrong(
    null,
    'max.poll.records counts per partition',
    'it bounds one poll as a whole, over all partitions',
  ),
  autoCommitMostOnce: wrong(
    null,
    'auto-commit delivers at most once',
    'the Java client commits, within poll(), what the previous poll handed out: a loop that finishes its records before it polls again is at least once. Records are lost when processing goes on in other threads, or errors are swallowed',
  ),
  stickyIsCooperative: wrong(
    null,
    'StickyAssignor rebalances incrementally, and every rebalance stops all consumption',
    'the incremental one is CooperativeStickyAssignor; StickyAssignor is eager. With the cooperative one, and the newer protocol, only partitions that move pause',
  ),
  logDirsShowWatermarks: wrong(
    null,
    'kafka-log-dirs shows the watermarks of a topic',
    'it shows sizes, and how far a replica is behind its own high watermark',
  ),
  alwaysLeader: wrong(
    null,
    'clients always talk to the leader, followers are only there for failures',
    'consumers may read from a follower in their rack since 2.4',
  ),
  writesFailWithMinOne: wrong(
    null,
    'with min.insync.replicas=1 writes fail when the leader is lost',
    'they go on at the next leader; what fails is durability, not writing. Without a replica in the ISR there is no next leader',
  ),
  raiseLagTime: wrong(
    null,
    'raise replica.lag.time.max.ms when a follower lags',
    'that keeps the slow follower in the ISR for longer, where every acks=all write waits for it. It quietens flapping and cures nothing',
  ),
  producerSeesNotEnough: wrong(
    null,
    'producers see NotEnoughReplicasException',
    'the Java producer retries it and the application sees a TimeoutException after delivery.timeout.ms; a write that was under way when the ISR shrank ends in REQUEST_TIMED_OUT, and may be in the log',
  ),
  lowerMinIsr: wrong(
    null,
    'min.insync.replicas=1 restores writing at once',
    'acks=all writes go through again, and the frozen high watermark moves only with the next append; with eligible leader replicas the change also forgets who else could lead',
  ),
  wakeup: wrong(
    null,
    'a member that was thrown out gets a WakeupException or an empty assignment',
    'its next commit fails with CommitFailedException, and its listener is told that partitions were lost; WakeupException comes from wakeup() alone',
  ),
  randomSalt: wrong(
    null,
    'put a random salt before the key',
    'that ends the order per key, and compaction of it. Split only the hot keys, into a fixed number of parts, or take a key with more values',
  ),
  ratioHalf: wrong(
    null,
    'min.cleanable.dirty.ratio=0.5 makes the cleaner more eager',
    '0.5 is the default; more eager is less, such as 0.1',
  ),
  activeStays: wrong(
    null,
    'an active segment cannot be deleted by retention',
    'when everything in it has expired, retention rolls it by itself and deletes it. What stays is a segment with one record that is still young, or whose timestamp lies in the future',
  ),
  handlerThreads: wrong(
    null,
    'look at request.handler.threads, and the producer’s record-queue-time',
    'the setting is num.io.threads, the broker’s metric RequestHandlerAvgIdlePercent, the producer’s record-queue-time-avg and -max',
  ),
  requestTimeout: wrong(
    null,
    'raise request.timeout.ms when producers time out',
    'what an application waits for is delivery.timeout.ms (120 s), which must be at least linger.ms + request.timeout.ms; a longer request timeout only notices a dead broker later',
  ),
  idempotenceReach: wrong(
    null,
    'an idempotent producer writes exactly once, also over a restart',
    'it removes the duplicates of its own retries, in one session. After a restart it is a new producer: only a transactional.id carries over',
  ),
  powerOfTwo: wrong(
    null,
    'round the number of partitions up to a power of two, and multiply by three',
    'Kafka does not care for powers of two. What it costs: each partition takes files, memory and time to fail over, and keys move when more are added later',
  ),
  commitInFinally: wrong(
    null,
    'commit in a finally block behind the database transaction',
    'a finally block also runs when processing failed, and commits what was not done. Commit after success only',
  ),
  gapsAreLoss: wrong(
    null,
    'gaps between offsets show lost records',
    'gaps are normal: transaction markers, aborted batches and compaction leave them',
  ),
  minIsrTopicOnly: wrong(
    null,
    'min.insync.replicas is a setting of topics only',
    'it is one of brokers and clusters as well, as the default of topics (with eligible leader replicas: of clusters, not of single brokers)',
  ),
  offsetAsDedupKey: wrong(
    null,
    'the offset is a key to find duplicates by',
    'only together with topic and partition, and it begins anew when the topic is recreated. A producer’s retry has another offset: an id inside the record finds that, too',
  ),
  backoff: wrong(
    null,
    'producers back off exponentially since 2.1, doubling without end',
    'since 3.7: from retry.backoff.ms (100) up to retry.backoff.max.ms (1000), with some chance; before, every pause was retry.backoff.ms',
  ),
  endlessRetries: wrong(
    null,
    'limit retries to a small number',
    'leave them unlimited: delivery.timeout.ms is what bounds them. Few retries turn each election into an error',
  ),
  lagInMessages: wrong(
    null,
    'a follower stays in the ISR while it is behind by few enough messages',
    'only time counts: it must have had everything that the leader had within replica.lag.time.max.ms',
  ),
  mmapForRecords: wrong(
    null,
    'Kafka maps small batches of records into memory',
    'it maps index files only. Records go by sendfile; TLS between client and broker rules that out, and a topic whose compression.type differs from the producers’ costs a recompression of each batch',
  ),
  consumersFormula: wrong(
    null,
    'the number of consumers is partitions ÷ what one consumer can do',
    'it is the rate of the topic ÷ the rate of one consumer, with room to catch up, and no more than there are partitions',
  ),
  morePollRecords: wrong(
    null,
    'raise max.poll.records when lag grows',
    'it only makes one poll last longer, closer to max.poll.interval.ms; it helps where the work per poll has a fixed cost (one database transaction for all)',
  ),
  commitInsideTransaction: wrong(
    null,
    'inside a transaction call commitSync() as well as sendOffsetsToTransaction() with the position',
    'commitSync() commits although the transaction may abort. Only sendOffsetsToTransaction(), with offset + 1 of what was processed, and the consumer’s group metadata',
  ),
  uncommittedComesAgain: wrong(
    null,
    'a record that is not committed comes again with the next poll',
    'poll() goes on from its position in memory; the record is skipped, and the next commit covers it. Seek back, pause, or hand it to a dead-letter topic',
  ),
  fetchMaxBytes: wrong(
    null,
    'raise fetch.max.bytes to get more out of one poll',
    'a poll hands out at most max.poll.records of what was fetched; 50 MB per fetch is the default and seldom the limit. max.partition.fetch.bytes (1 MB) and fetch.min.bytes matter first',
  ),
  commitsAvoidReprocessing: wrong(
    null,
    'after a rebalance the committed offsets keep records from being processed twice',
    'what was processed since the last commit is processed again; commit in onPartitionsRevoked, and expect duplicates after a crash',
  ),
  backoffIsSchedule: wrong(
    null,
    'compaction runs at an interval, or by hand',
    'the cleaner looks every log.cleaner.backoff.ms (15 s) for the log with the most to clean; an interval or a command for it does not exist',
  ),
  sequenceRejected: wrong(
    null,
    'the broker rejects a sequence number that it has seen',
    'it answers success without writing again, for the last five batches of a producer',
  ),
  halfPause: wrong(
    null,
    'cooperative rebalancing halves the pause',
    'there is no such figure: partitions that stay do not pause, those that move need two rounds',
  ),
} as const satisfies Record<string, Correction>;

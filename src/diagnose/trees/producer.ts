import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, BROKERS, fault, QUOTAS, question, sound, sources } from './write.ts';

const STRATEGY = '002 Producer Configuration Strategy';
const GUIDE = '002 Production debug guide';
const SHEET = '002 Quick Debug Cheat Sheet';
const RETRIES = '001 How to Use Kafka Producer Retries';
const TRADE_OFFS = '002 Kafka Configuration Trade-offs';
const BATCH = '003 Batch Efficiency';

/** What makes brokers answer late although they take writes. */
const LATE = ['REP-06', 'REP-08', 'REP-10', 'REP-11', 'REP-12', 'REP-18', 'BRK-01', 'DSK-01', 'DSK-02', 'DSK-10'];

const CHECK = 'diagnose producer --client-config {client}';
const DESCRIBE_TOPIC = ['kafka-topics.sh --describe --topic <topic>', 'isr --under-min-isr'] as const;
const SOCKETS = ['netstat -an | grep :9092 | wc -l', 'cluster'] as const;

/** Why producers fail or wait, and whether their settings fit what they are for. */
export const producer: Tree = {
  id: 'producer',
  title: 'Producers',
  subject: 'cluster',
  symptoms: [
    { id: 'producer-timeouts', text: 'producers time out', says: { complaint: 'timeouts' }, also: [...BROKERS] },
    { id: 'send-blocks', text: 'send() blocks for seconds', says: { complaint: 'blocks' }, also: [...BROKERS] },
    { id: 'producer-settings', text: 'are these producer settings right?', start: 'goal' },
  ],
  entry: null,
  root: 'refused',
  questions: {
    refused: question({
      ask: 'Does the cluster refuse writes?',
      why: 'then no setting of the producer helps',
      how: 'kmedic isr --under-min-isr; kmedic isr --offline',
      probe: 'writes-refused',
      answers: {
        'under-min-isr': ['yes, too few replicas are in sync', 'PRO-01'],
        leaderless: ['yes, partitions have no leader, or it does not answer', 'PRO-02'],
        no: ['no', 'slow-broker'],
      },
    }),
    'slow-broker': question({
      ask: 'Does a broker answer far more slowly than the others?',
      why: 'a producer’s buffer fills with what is for that broker, and blocks everything',
      how: 'kmedic cluster; request-latency-avg by node in the producer’s metrics',
      probe: 'any-broker-slow',
      answers: { yes: ['yes', 'PRO-03'], no: ['no', 'throttled'] },
      otherwise: 'throttled',
    }),
    throttled: question({
      ask: 'Do brokers hold producers back by a quota?',
      why: 'answers are delayed then, without any error',
      how: 'the metric produce-throttle-time-avg of the producers',
      probe: 'throttled',
      answers: { yes: ['yes', 'PRO-04'], no: ['no', 'complaint'] },
      otherwise: 'complaint',
    }),
    complaint: question({
      ask: 'What does the producer show?',
      why: 'waiting for memory and waiting for answers are two things',
      how: 'its exceptions and metrics: bufferpool-wait-time, record-queue-time-avg, request-latency-avg, record-retry-rate',
      answers: {
        blocks: ['send() itself waits (buffer exhausted, max.block.ms)', 'PRO-05'],
        timeouts: ['send() returns, and the result is a TimeoutException later', 'timeouts'],
        retries: ['many retries', 'PRO-17'],
        nothing: ['nothing, the settings are to be judged', 'goal'],
      },
    }),
    timeouts: question({
      ask: 'Do its timeouts leave room for an election?',
      why: 'a leader’s failure takes seconds: retries have to outlast it',
      how: 'delivery.timeout.ms, request.timeout.ms, linger.ms, retries: --client-config producer.properties',
      probe: 'client-delivery',
      answers: { short: ['no', 'PRO-07'], fine: ['yes', 'PRO-06'] },
      otherwise: 'PRO-06',
    }),
    goal: question({
      ask: 'What are the records?',
      why: 'safety, speed and order each have their price',
      how: 'ask whoever reads them',
      answers: {
        critical: ['none may be lost or doubled', 'durable'],
        throughput: ['many, and some may be lost', 'batches'],
        ordered: ['order per key matters most', 'order'],
        trial: ['tests', 'PRO-14'],
      },
    }),
    durable: question({
      ask: 'Is the producer set up to lose nothing?',
      why: 'one weak setting undoes the others',
      how: 'acks, enable.idempotence, retries: --client-config producer.properties',
      probe: 'client-durability',
      answers: {
        acks: ['no: acks is not all', 'PRO-08'],
        idempotence: ['no: it is not idempotent', 'PRO-09'],
        retries: ['no: it gives up early', 'PRO-10'],
        fine: ['yes', 'PRO-11'],
      },
    }),
    batches: question({
      ask: 'Is it set up for large batches?',
      why: 'throughput comes from records per request, and compression from records per batch',
      how: 'linger.ms, batch.size, compression.type: --client-config producer.properties; batch-size-avg by JMX',
      probe: 'client-batching',
      answers: { small: ['no', 'PRO-12'], large: ['yes', 'PRO-13'] },
    }),
    order: question({
      ask: 'Can retries change the order?',
      why: 'a retry behind a later request does, unless the broker checks sequence numbers',
      how: 'enable.idempotence and max.in.flight.requests.per.connection: --client-config producer.properties',
      probe: 'client-order',
      answers: { unsafe: ['yes', 'PRO-15'], safe: ['no', 'PRO-16'] },
    }),
  },
  leaves: {
    'PRO-01': fault(
      'the cluster refuses acks=all writes: too few replicas are in sync',
      'The leader answers NOT_ENOUGH_REPLICAS, the producer tries again until delivery.timeout.ms is over.',
      {
        do: [
          'repair replication',
          'do not lower acks: it would be accepted, and invisible to consumers until the ISR is back',
        ],
        commands: ['isr --under-min-isr', 'diagnose isr'],
        instead: [DESCRIBE_TOPIC],
        sources: [GUIDE, '002 Replication and ISR Decision Tree'],
        corrections: [WRONG.producerSeesNotEnough, WRONG.raiseLagTime],
        causedBy: ['REP-06', 'REP-07', 'REP-08', 'REP-09', 'REP-10', 'DSK-01', 'DSK-02', 'DSK-10'],
      },
    ),
    'PRO-02': fault(
      'partitions cannot be written: they have no leader that answers',
      'Producers wait and try again until one is elected.',
      {
        do: ['bring the brokers back'],
        commands: ['isr --offline', 'diagnose isr'],
        sources: [RETRIES, '002 Replication, ISR'],
        causedBy: ['REP-01', 'REP-02', 'REP-03', 'REP-04', 'REP-05', 'REP-10', 'DSK-01', 'DSK-02', 'DSK-10'],
      },
    ),
    'PRO-03': fault(
      'a slow broker holds producers up',
      'Records for its partitions wait in the producer’s buffer; when that is full, send() waits, whoever the record is for.',
      {
        do: ['see to that broker; a larger buffer only moves the moment'],
        commands: ['cluster', 'isr can-restart {broker}'],
        instead: [SOCKETS],
        sources: [GUIDE, SHEET, STRATEGY],
        corrections: [WRONG.handlerThreads],
        causedBy: ['BRK-01', 'REP-05'],
      },
    ),
    'PRO-04': fault(
      'a quota holds producers back',
      'Brokers delay answers to whoever exceeds producer_byte_rate or request_percentage.',
      {
        do: ['see which quota applies to the user or client id, and whether it still fits'],
        commands: [...QUOTAS, 'cluster'],
        sources: [SHEET],
      },
    ),
    'PRO-05': fault(
      'the producer’s buffer is full: more is sent than is acknowledged',
      'buffer.memory (32 MB) holds what waits for its answer. When it is full send() waits up to max.block.ms (60 s).',
      {
        do: [
          'find out why answers are slow: broker, network, acks=all with a slow follower',
          'buffer.memory=128 MB bears longer bursts, not a lasting lack; larger batches and compression make room as well',
          'num.io.threads on the brokers, if their handlers are never idle',
        ],
        commands: [CHECK, 'isr --only-problems', 'cluster'],
        sources: [STRATEGY, GUIDE, SHEET],
        corrections: [WRONG.handlerThreads],
        causedBy: LATE,
      },
    ),
    'PRO-06': fault(
      'answers come too late, although the cluster takes writes and its brokers answer small questions quickly',
      'What is left: the network between producer and broker, brokers that are slow with large writes (disk, TLS, recompression), or a follower that acks=all waits for.',
      {
        do: [
          'compare request-latency-avg of the producer with the brokers’ TotalTimeMs for Produce: the difference is the network',
          'num.network.threads (3) on the brokers, with TLS first',
        ],
        commands: ['cluster', 'isr --only-problems'],
        instead: [SOCKETS, ['kafka-run-class.sh kafka.tools.JmxTool', 'cluster']],
        sources: [SHEET, GUIDE],
        corrections: [WRONG.requestTimeout, WRONG.handlerThreads],
        causedBy: LATE,
      },
    ),
    'PRO-07': fault(
      'the producer gives up before a leader is replaced',
      'delivery.timeout.ms, or few retries with short pauses, end before an election does; each broker restart becomes an error.',
      {
        do: [
          'delivery.timeout.ms=120000 and retries left at their default; linger.ms + request.timeout.ms must fit in',
        ],
        commands: [CHECK],
        sources: [RETRIES, SHEET],
        corrections: [WRONG.requestTimeout, WRONG.endlessRetries, WRONG.backoff],
      },
    ),
    'PRO-08': fault(
      'the producer confirms records before they are replicated',
      'acks=1 loses what the leader had not passed on, acks=0 whatever happens on the way.',
      {
        do: ['acks=all, and min.insync.replicas=2 on the topic with three replicas'],
        commands: [CHECK, 'diagnose durability -t {topic}'],
        sources: [STRATEGY, TRADE_OFFS, '002 Key takeaways', '003 acks'],
        corrections: [WRONG.allWithMinOne],
      },
    ),
    'PRO-09': fault(
      'the producer is not idempotent',
      'A retry after a lost answer writes the record again, and may change the order. It is on by default since 3.0; acks other than all or retries=0 switch it off silently.',
      {
        do: ['enable.idempotence=true, said explicitly: contradictions then fail at once'],
        commands: [CHECK],
        sources: [STRATEGY, TRADE_OFFS, '003 Idempotent Producers', RETRIES],
        corrections: [WRONG.producerDefaults, WRONG.idempotenceReach, WRONG.sequenceRejected],
      },
    ),
    'PRO-10': fault(
      'the producer gives up early',
      'A small number of retries is used up within a second, an election takes longer.',
      {
        do: ['leave retries at their default; delivery.timeout.ms bounds them'],
        commands: [CHECK],
        sources: [STRATEGY, RETRIES],
        corrections: [WRONG.producerDefaults, WRONG.endlessRetries],
      },
    ),
    'PRO-11': sound(
      'the producer loses nothing that the topic keeps',
      'acks=all, idempotent, and it tries for long enough.',
      {
        do: [
          'the topic has its part in it: three replicas, min.insync.replicas=2',
          'look at the result of every send()',
        ],
        commands: ['diagnose durability -t {topic}'],
        sources: [STRATEGY, TRADE_OFFS],
        corrections: [WRONG.idempotenceReach],
      },
    ),
    'PRO-12': advice(
      'batches are small: most of the time goes into requests',
      'A batch is sent when batch.size is full or linger.ms is over. Its efficiency is bytes of records ÷ batch.size.',
      {
        do: [
          'linger.ms 10-50, batch.size 64-128 KB, lz4 or zstd',
          'measure batch-size-avg and compression-rate-avg, not the settings',
        ],
        commands: [CHECK, 'segments stats {log-dir}/{topic}-{partition}'],
        sources: [BATCH, TRADE_OFFS, STRATEGY, '003 Batch Size Optimization'],
        corrections: [WRONG.producerDefaults],
      },
    ),
    'PRO-13': sound('the producer makes large batches', 'It waits for records before it sends, and compresses them.', {
      commands: [CHECK],
      sources: [STRATEGY, TRADE_OFFS, BATCH],
    }),
    'PRO-14': advice(
      'for tests anything goes',
      'acks=0 does not even show whether the broker took the record: errors stay invisible.',
      {
        do: ['acks=1 costs little, and tells of errors; do not take test settings to production'],
        commands: [CHECK],
        sources: [STRATEGY],
      },
    ),
    'PRO-15': fault(
      'retries can change the order of records',
      'Several requests are in flight, one fails and is sent again behind the next one; without idempotence nobody notices.',
      {
        do: [
          'enable.idempotence=true with up to 5 in flight keeps order',
          'same key, same partition: adding partitions moves keys',
        ],
        commands: [CHECK],
        sources: [STRATEGY, '003 Producer Configurations'],
        corrections: [WRONG.inFlightOne, WRONG.producerDefaults],
      },
    ),
    'PRO-16': sound(
      'order per partition is kept',
      'The broker checks sequence numbers, and refuses what comes out of turn.',
      {
        commands: [CHECK],
        sources: [STRATEGY],
        corrections: [WRONG.inFlightOne],
      },
    ),
    'PRO-17': advice(
      'retries show that something else happens: look there',
      'Each one is an election, a broker that does not answer, or a network that drops. With idempotence they are harmless, and slow.',
      {
        do: ['alert on record-error-rate; look at record-retry-rate beside elections and restarts'],
        commands: ['isr --unbalanced', 'cluster'],
        sources: [RETRIES],
        corrections: [WRONG.backoff, WRONG.endlessRetries],
      },
    ),
  },
  sources: sources(STRATEGY, GUIDE, SHEET, RETRIES, TRADE_OFFS),
};

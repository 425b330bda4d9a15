import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, fault, question, REASSIGN, REASSIGN_HOW, setTopic, sound, sources } from './write.ts';

const TREE_002 = '002 Replication and ISR Decision Tree';
const RISKS = '001 Data Loss Risks';
const TRADE_OFFS = '002 Kafka Configuration Trade-offs';
const MISTAKES = '002 Common mistakes';

const SHOW = ['kafka-configs.sh --describe --entity-type topics --entity-name <topic>', 'isr {topic} -o wide'] as const;

/** With three replicas one may still be away. */
const MIN_TWO = setTopic('min.insync.replicas=2');

const content = (to: { critical: string; tolerable: string; trial: string }) =>
  question({
    ask: 'What would a lost record of this topic mean?',
    why: 'the same setting is right for logs and wrong for payments',
    how: 'ask whoever reads it',
    answers: {
      critical: ['harm: money, orders, the only copy', to.critical],
      tolerable: ['little: metrics, logs, what can be had again', to.tolerable],
      trial: ['nothing: development, tests', to.trial],
    },
  });

/** What a topic survives. */
export const durability: Tree = {
  id: 'durability',
  title: 'What a topic survives',
  subject: 'topic',
  symptoms: [{ id: 'durability', text: 'can this topic lose records?', also: ['isr', 'disk', 'broker'] }],
  entry: null,
  root: 'replicas',
  questions: {
    replicas: question({
      ask: 'How many replicas does it have?',
      why: 'that is how many brokers may be lost before the records are',
      how: 'kmedic isr <topic>',
      probe: 'replication-factor',
      answers: {
        one: ['one', 'content-one'],
        two: ['two', 'content-two'],
        more: ['three or more', 'min-isr'],
      },
    }),
    'content-one': content({ critical: 'DUR-01', tolerable: 'DUR-02', trial: 'DUR-10' }),
    'content-two': content({ critical: 'DUR-03', tolerable: 'DUR-09', trial: 'DUR-10' }),
    'min-isr': question({
      ask: 'How does min.insync.replicas compare with the replicas?',
      why: 'it is what acks=all writers can rely on, and what stops them when brokers are away',
      how: 'kmedic isr <topic> -o wide',
      probe: 'min-isr-setting',
      answers: {
        one: ['it is one', 'content-min'],
        all: ['it is as many as there are replicas', 'DUR-05'],
        between: ['between', 'unclean'],
      },
    }),
    'content-min': content({ critical: 'DUR-04', tolerable: 'DUR-09', trial: 'DUR-10' }),
    unclean: question({
      ask: 'May a replica lead that lacks records (unclean.leader.election.enable)?',
      why: 'it is availability at the price of acknowledged records',
      how: 'kmedic isr <topic> -o wide',
      probe: 'unclean-setting',
      answers: { yes: ['yes', 'DUR-06'], no: ['no', 'racks'] },
    }),
    racks: question({
      ask: 'Are the replicas on different racks?',
      why: 'replicas in one rack, or one zone, are lost together',
      how: 'kmedic cluster shows the racks',
      probe: 'rack-spread',
      answers: { same: ['no', 'DUR-07'], spread: ['yes, or racks are not used', 'acks'] },
    }),
    acks: question({
      ask: 'Do its producers use acks=all?',
      why: 'without it the topic’s settings protect nothing',
      how: 'acks of the producers: --client-config producer.properties',
      probe: 'client-acks',
      answers: { none: ['no', 'DUR-08'], all: ['yes', 'DUR-11'] },
      otherwise: 'DUR-11',
    }),
  },
  leaves: {
    'DUR-01': fault(
      'critical records have a single copy',
      'When its broker stops nobody can read or write; when its disk breaks the records are gone.',
      {
        do: [
          'three replicas, then min.insync.replicas=2; with fewer than three brokers, that is what is missing first',
          REASSIGN_HOW,
        ],
        commands: [REASSIGN, 'wait isr {topic} --for healthy', MIN_TWO],
        instead: [SHOW],
        sources: [TREE_002, RISKS, '002 Key Takeaway (replication)'],
      },
    ),
    'DUR-02': advice(
      'one copy: a broker’s end is this topic’s end',
      'For data that may be lost that can do, as long as nobody waits for it while the broker is away.',
      {
        do: ['two replicas keep it readable and writable through a restart'],
        commands: ['isr {topic}'],
        sources: [TREE_002],
      },
    ),
    'DUR-03': fault(
      'critical records have two copies: either writing stops at the first failure, or one copy is enough',
      'With two replicas min.insync.replicas=2 stops writers whenever one is away, and 1 lets them go on with a single copy.',
      {
        do: ['a third replica, then min.insync.replicas=2', REASSIGN_HOW],
        commands: [REASSIGN, 'wait isr {topic} --for healthy', MIN_TWO],
        instead: [SHOW],
        sources: [TREE_002, TRADE_OFFS],
        corrections: [WRONG.allWithMinOne],
      },
    ),
    'DUR-04': fault(
      'acks=all can come down to one copy: min.insync.replicas is 1',
      'As long as followers are in sync acks=all waits for them. When they have dropped out, the leader alone is enough; if it is lost then, so is what it confirmed.',
      {
        do: [
          'min.insync.replicas=2 on the topic (with three replicas one broker may still be away)',
          'try it: stop a leader while a producer writes',
        ],
        commands: [MIN_TWO, 'isr {topic}'],
        instead: [
          [
            'kafka-configs.sh --alter --entity-type topics --entity-name <topic> --add-config min.insync.replicas=2',
            'isr {topic} -o wide',
          ],
          SHOW,
        ],
        sources: [MISTAKES, TRADE_OFFS, '002 Producer Durability vs Latency', RISKS],
        corrections: [WRONG.allWithMinOne, WRONG.writesFailWithMinOne, WRONG.minIsrTopicOnly],
      },
    ),
    'DUR-05': fault(
      'no broker may be away: min.insync.replicas is as large as the number of replicas',
      'Every restart of a broker stops acks=all writers of its partitions.',
      {
        do: ['one less than there are replicas: 2 of 3'],
        commands: [MIN_TWO, 'isr {topic}'],
        instead: [SHOW],
        sources: [TREE_002, TRADE_OFFS],
        corrections: [WRONG.producerSeesNotEnough],
      },
    ),
    'DUR-06': fault(
      'an unclean election may throw acknowledged records away',
      'When no in-sync replica is left, one that lacks records may lead; the others then cut their logs off to match it.',
      {
        do: ['unclean.leader.election.enable=false; where availability counts more, know that this is its price'],
        commands: [setTopic('unclean.leader.election.enable=false'), 'isr {topic} -o wide'],
        instead: [SHOW],
        sources: [RISKS, TRADE_OFFS, '002 Replication, ISR (unclean election)'],
        corrections: [WRONG.onlyIsrLeads],
      },
    ),
    'DUR-07': fault('every replica of some partitions is in the same rack', 'What takes the rack takes all copies.', {
      do: ['set broker.rack everywhere, and spread these partitions over several racks', REASSIGN_HOW],
      commands: [REASSIGN, 'isr {topic} -o wide', 'cluster'],
      sources: [RISKS],
    }),
    'DUR-08': fault(
      'the topic is safe, and its producers do not wait for it',
      'With acks=1 or 0 a record is confirmed before it is replicated.',
      {
        do: ['acks=all; idempotence comes with it'],
        commands: ['diagnose producer --client-config {client}', 'isr {topic}'],
        sources: ['002 Producer Durability vs Latency', TRADE_OFFS],
        corrections: [WRONG.allWithMinOne, WRONG.producerDefaults],
      },
    ),
    'DUR-09': advice(
      'good enough for records that may be lost',
      'Writing goes on with one copy left. What the leader had not replicated when it is lost, is lost.',
      {
        do: ['two or three replicas, min.insync.replicas=1, producers with acks=1, large batches and compression'],
        commands: ['isr {topic}'],
        sources: [TREE_002, TRADE_OFFS],
        corrections: [WRONG.allWithMinOne],
      },
    ),
    'DUR-10': advice('good enough for tests', 'One broker, one copy: any failure is the end of it.', {
      do: ['do not take these settings to production'],
      commands: ['isr {topic}'],
      sources: [TREE_002],
    }),
    'DUR-11': sound(
      'one broker may be lost, and nothing else is',
      'Enough replicas, on different racks; acks=all writers are confirmed by two of them, and no replica without everything may lead.',
      {
        commands: ['isr {topic}'],
        instead: [SHOW],
        sources: [TREE_002, TRADE_OFFS, RISKS],
      },
    ),
  },
  sources: sources(TREE_002, RISKS, TRADE_OFFS, MISTAKES),
};

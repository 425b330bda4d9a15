import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, question, sound, sources } from './write.ts';

const TOO_MANY = '001 Too Many Consumers';
const SIZING = '003 Consumer Group Sizing';
const GUIDELINES = '001 Partition Sizing Guidelines';
const MISTAKES = '002 Common mistakes';
const RATE = '003 Consumer Processing Rate';
const ASSIGNMENTS = 'groups describe {group} --assignments';

/** How many partitions and members a group needs. */
export const sizing: Tree = {
  id: 'sizing',
  title: 'How many partitions and members',
  subject: 'group',
  symptoms: [{ id: 'how-many', text: 'how many partitions and consumers are needed?', also: ['lag'] }],
  entry: 'idle-members',
  root: 'members',
  questions: {
    members: question({
      ask: 'How many members are there for the partitions that they read?',
      why: 'a partition has one reader in a group',
      how: 'kmedic groups describe --members',
      probe: 'members-partitions',
      answers: {
        more: ['more than partitions', 'SIZ-01'],
        same: ['one for each partition', 'SIZ-02'],
        fewer: ['fewer than partitions', 'plan'],
      },
    }),
    plan: question({
      ask: 'What is to be sized?',
      why: 'members are changed in minutes, partitions for good',
      how: 'what the next step is',
      answers: {
        members: ['the number of members', 'SIZ-03'],
        'new-topic': ['partitions of a new topic', 'SIZ-04'],
        'more-partitions': ['more partitions for a topic that is in use', 'SIZ-05'],
        batch: ['how much a poll brings', 'SIZ-06'],
      },
      otherwise: 'SIZ-03',
    }),
  },
  leaves: {
    'SIZ-01': advice(
      'some members are idle: there are more of them than partitions',
      'They take part in every rebalance and read nothing. As spares that is fine; as a means against lag it is none.',
      {
        do: ['take them away, or add partitions if more readers are needed'],
        commands: [ASSIGNMENTS, 'groups describe {group} --members'],
        instead: [['kafka-consumer-groups.sh --describe --group <group>', ASSIGNMENTS]],
        sources: [TOO_MANY, SIZING, MISTAKES],
        corrections: [WRONG.partitionsNeedDowntime],
        causedBy: ['BEH-15'],
      },
    ),
    'SIZ-02': advice(
      'every partition has its own member: that is the end of scaling by members',
      'The next member will be idle. More speed comes from cheaper processing or from more partitions, and those move keys: better before they are needed.',
      {
        do: ['reckon with the rate in a year, and add partitions at a quiet time'],
        commands: [ASSIGNMENTS, 'lag {group} --window 10s'],
        sources: [MISTAKES, SIZING],
        corrections: [WRONG.partitionsNeedDowntime, WRONG.powerOfTwo],
      },
    ),
    'SIZ-03': sound(
      'there is room: members needed = rate written ÷ rate of one member',
      'Add a third for catching up after a pause, and one for a member that is away. Up to the number of partitions each of them helps.',
      {
        do: ['measure the rate of one member: kmedic lag --by member with --window'],
        commands: ['lag {group} --by member --window 10s', ASSIGNMENTS],
        sources: [SIZING, '001 Consumer Count Planning', RATE],
        corrections: [WRONG.consumersFormula],
      },
    ),
    'SIZ-04': advice(
      'partitions = the larger of rate ÷ what one partition takes, and the members that will ever read it',
      'Take the rate of a year from now. A partition takes some 10 MB/s of writes easily; its reader is usually the narrow place. More than a few thousand per broker make failover slow.',
      {
        do: [
          'round up to something that divides well by the number of brokers and members',
          'they can be added later, never taken away',
        ],
        commands: ['cluster', 'cluster --show biggest'],
        sources: [GUIDELINES, MISTAKES, '002 Key Takeaway (partitions)'],
        corrections: [WRONG.powerOfTwo, WRONG.partitionsNeedDowntime],
      },
    ),
    'SIZ-05': advice(
      'partitions are added while everything runs, and keys move',
      'A key’s records before and after are in different partitions, so their order is not kept over that moment; a compacted topic keeps old versions in the old ones. Consumers notice within metadata.max.age.ms (5 min).',
      {
        do: [
          'where order per key matters: stop writing, let readers finish, add, go on; or move to a new topic',
          'auto.offset.reset=earliest for the readers, so that they miss nothing in the new ones',
        ],
        commands: ['wait group {group} --for lag=0', 'offsets show {group}'],
        sources: ['002 Production debug guide', GUIDELINES, MISTAKES],
        corrections: [WRONG.partitionsNeedDowntime],
      },
    ),
    'SIZ-06': advice(
      'a poll’s batch must be done within max.poll.interval.ms: records ≤ interval ÷ time per record, at worst',
      'A member does the smaller of (records per poll ÷ time per poll) and (bytes per fetch ÷ time per fetch). Larger polls help where each has a fixed cost, such as one database transaction.',
      {
        do: ['take a tenth of what the formula gives: the slowest record counts'],
        commands: ['lag {group} --by member --window 10s', 'diagnose rebalance -g {group}'],
        sources: [RATE, '003 Batch Efficiency', '003 Memory Management', '002 Kafka Configuration Trade-offs'],
        corrections: [WRONG.pollRecordsDefault, WRONG.pollRecordsPerPartition, WRONG.morePollRecords],
      },
    ),
  },
  sources: sources(TOO_MANY, SIZING, GUIDELINES, MISTAKES, RATE),
};

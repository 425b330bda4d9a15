import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, BROKERS, fault, question, setTopic, sound, sources } from './write.ts';

const DETAILED = '004 Detailed Offset Tracking';
const FAILURES = '004 Handling Consumer Failures';
const STRATEGIES = '004 Offset Persistence Strategies';
const MONITOR = '003 Bash Consumer Monitoring Script';
const RESET = [
  'kafka-consumer-groups.sh --reset-offsets --to-earliest --dry-run',
  'offsets reset {group} --to start',
] as const;
const DESCRIBE = ['kafka-consumer-groups.sh --describe --group <group>', 'groups describe {group}'] as const;

/** What a group has committed, and whether it still fits the log. */
export const commits: Tree = {
  id: 'commits',
  title: 'Committed offsets',
  subject: 'group',
  symptoms: [
    {
      id: 'offset-jumps',
      text: 'the committed offset jumps, or a reset does not hold',
      also: [...BROKERS, 'rebalance', 'duplicates', 'loss'],
    },
    {
      id: 'negative-lag',
      text: 'lag is negative, or the group starts over from one of the ends',
      also: [...BROKERS, 'loss'],
    },
  ],
  entry: 'commits-trouble',
  root: 'position',
  questions: {
    position: question({
      ask: 'Does every committed offset lie inside its log?',
      why: 'one outside of it is ignored: auto.offset.reset decides where reading goes on, and records are skipped or read again',
      how: 'kmedic lag shows OUT-OF-RANGE, AHEAD-OF-END and INVALID-COMMIT',
      probe: 'commit-position',
      answers: {
        ahead: ['no, it lies beyond the end', 'beyond'],
        before: ['no, the log begins behind it', 'COM-03'],
        invalid: ['no, it is negative', 'COM-05'],
        gone: ['its topic does not exist any more', 'COM-06'],
        inside: ['yes', 'hidden'],
      },
    }),
    beyond: question({
      ask: 'Was the topic recreated, or its log cut off?',
      why: 'after the first all records are new, after the second acknowledged records are lost',
      how: 'compare the topic id with an older recording; the broker’s log tells of truncation and unclean elections',
      probe: 'topic-recreated',
      answers: {
        recreated: ['it was recreated', 'COM-01'],
        truncated: ['its log was cut off', 'COM-02'],
      },
    }),
    hidden: question({
      ask: 'Do commits move while the group has no members?',
      why: 'somebody commits who does not join: a reset will not hold, and describing the group does not show who it is',
      how: 'kmedic lag --watch of an empty group; kmedic offsets reset --execute watches for it as well',
      probe: 'commits-without-members',
      answers: {
        yes: ['yes, in a group that members used to join', 'COM-09'],
        simple: ['yes, in a group that never had members', 'COM-11'],
        no: ['no', 'missing'],
      },
    }),
    missing: question({
      ask: 'Are there partitions with records and without a commit?',
      why: 'auto.offset.reset decides where reading begins there: latest skips what is there already',
      how: 'kmedic groups describe --offsets shows no commit',
      probe: 'commit-missing',
      answers: {
        expired: ['yes, and there was one: it was removed', 'COM-13'],
        never: ['yes', 'COM-12'],
        no: ['no', 'at-risk'],
      },
    }),
    'at-risk': question({
      ask: 'Is retention about to overtake the group?',
      why: 'records are deleted whether or not they were read',
      how: 'kmedic lag: is nearly everything that the log still holds unread?',
      probe: 'retention-risk',
      answers: { yes: ['yes', 'COM-08'], no: ['no', 'COM-10'] },
      otherwise: 'COM-10',
    }),
  },
  leaves: {
    'COM-01': fault(
      'the topic was recreated: the committed offset belongs to the old one',
      'A new topic of the same name begins at 0. A position from before lies beyond its end, until enough was written; then the group silently reads from the middle.',
      {
        do: [
          'decide what to do with the new topic’s records: from the start is nearly always right',
          'find the job that commits positions of its own (Flink, Spark, a file) and make it forget them',
          'to empty a topic delete its records (kafka-delete-records): the offsets go on then',
        ],
        commands: ['offsets reset {group} --topic {topic} --to start', 'offsets show {group}'],
        instead: [RESET],
        sources: [DETAILED, MONITOR],
        corrections: [WRONG.offsetAsDedupKey],
      },
    ),
    'COM-02': fault(
      'the log was cut off behind the committed offset: records that were read are gone',
      'A replica that lacked them became leader (an unclean election, or eligible leader replicas with acks=1 writers), and the others followed it.',
      {
        do: [
          'nothing brings the records back here; ask the producers, or whoever read them, for the missing ones',
          'set these partitions, and only these, to their end: what is written now takes the same offsets again',
          'unclean.leader.election.enable=false, three replicas, min.insync.replicas=2, acks=all',
        ],
        commands: [
          'offsets reset {group} --topic {topic}:{partitions} --to end',
          'diagnose durability -t {topic}',
          'isr {topic}',
        ],
        sources: ['001 Data Loss Risks', '002 Replication, ISR (unclean election)'],
        corrections: [WRONG.onlyIsrLeads],
        causedBy: ['LOS-05'],
      },
    ),
    'COM-03': fault(
      'retention overtook the group: records were deleted before it read them',
      'The log begins behind the committed offset. The next fetch is out of range, and auto.offset.reset decides: latest skips what is still there as well.',
      {
        do: [
          'go on at the start of what is left, before a member does something else by itself',
          'keep the topic for longer than the group can be away: a weekend at least',
          'alert on the age of the oldest unread record, not on lag alone',
        ],
        commands: ['offsets reset {group} --topic {topic}:{partitions} --to start', 'lag {group}'],
        instead: [
          [
            'kafka-consumer-groups.sh --group <group> --topic order-events:0 --reset-offsets --to-earliest --execute',
            'offsets reset {group} --topic {topic}:{partitions} --to start',
          ],
          [
            'kafka-run-class.sh kafka.tools.GetOffsetShell --topic <topic> --time -2',
            'offsets show {group} --topic {topic}',
          ],
        ],
        sources: ['003 Consumer Lag', MONITOR, '002 Kafka Compaction Decision Tree'],
      },
    ),
    'COM-05': fault(
      'a negative offset is committed',
      'A tool wrote -1 or -2 as if they were words for the ends. Clients take it for no commit at all; some tools fail on it.',
      {
        do: ['set a real position: the start reads everything that is left, a time (--to -1h) less'],
        commands: ['offsets reset {group} --topic {topic}:{partitions} --to start', 'offsets show {group}'],
        sources: [DETAILED],
      },
    ),
    'COM-06': fault(
      'the group still refers to a topic that does not exist',
      'It was deleted, or renamed, while members subscribe to it or commits for it are left.',
      {
        do: [
          'take the topic out of the members’ subscription, or create it',
          'remove left-over commits, so that a new topic of that name is not read from the middle',
        ],
        commands: ['offsets delete {group} --topic {topic}', 'groups describe {group} --members'],
        sources: ['001 What Triggers a Rebalance', DETAILED],
      },
    ),
    'COM-08': fault(
      'retention is about to overtake the group',
      'Nearly everything that the log still has is unread, and the backlog does not shrink.',
      {
        do: [
          'stop deleting from the topic now: it takes effect at once; watch the disks meanwhile',
          'then make the group faster; when it has caught up, set both back to what they were',
        ],
        commands: [setTopic('retention.ms=-1,retention.bytes=-1'), 'lag {group} --watch', 'diagnose lag -g {group}'],
        sources: ['003 Consumer Lag Growth Rate'],
      },
    ),
    'COM-09': fault(
      'somebody commits for this group without being a member of it',
      'A consumer with assign(), a Flink or Spark job, or an old script uses the same group id. It is not listed anywhere; whatever is set for the empty group is overwritten.',
      {
        do: [
          'look for processes with this group.id: the ones that were forgotten are on old hosts, in cron, in a stream job',
          'stop it, or give it a group of its own; only then reset',
        ],
        commands: ['lag {group} --watch', 'offsets show {group}', 'offsets history --group {group} --check'],
        instead: [DESCRIBE],
        sources: [STRATEGIES, '000 Manual Kafka Offset Management in Spark Streaming'],
      },
    ),
    'COM-10': sound(
      'every committed offset fits its log',
      'Nobody but the members commits, and nothing is about to be deleted unread.',
      {
        commands: ['offsets show {group}'],
        sources: [DETAILED, MONITOR],
        corrections: [WRONG.topicPartitionSyntax, WRONG.oldTools],
      },
    ),
    'COM-11': advice(
      'the group is written to by readers that never join',
      'Consumers with assign() (Spark, Flink, Connect-like tools) only store positions here. That is how they work; Kafka cannot show who they are.',
      {
        do: ['stop that job before its positions are changed; Flink goes by its own checkpoints anyway'],
        commands: ['lag {group} --watch', 'offsets show {group}'],
        sources: ['000 Manual Kafka Offset Management in Spark Streaming', STRATEGIES],
      },
    ),
    'COM-12': advice(
      'partitions have records, and the group never committed there',
      'Where reading begins is the members’ auto.offset.reset: latest (the default) starts at the end, and a partition that was added later loses its first records that way.',
      {
        do: [
          'set the position explicitly before the members start',
          'auto.offset.reset=earliest for what must not be missed, none for what must not be guessed',
        ],
        commands: ['offsets show {group}', 'offsets reset {group} --topic {topic}:{partitions} --to start'],
        sources: [FAILURES, STRATEGIES],
        corrections: [WRONG.partitionsNeedDowntime, WRONG.resumeAfterCommitted],
      },
    ),
    'COM-13': advice(
      'the group’s commits were removed',
      'Commits expire offsets.retention.minutes (7 days) after the group became empty, or after the commit for a topic that nobody subscribes to; groups of the newer protocol count from the commit. Deleting a topic removes them at once.',
      {
        do: [
          'set the position from what is known elsewhere: a journal, the downstream system, a time',
          'a longer offsets.retention.minutes where groups rest for weeks',
        ],
        commands: ['offsets reset {group} --topic {topic}:{partitions} --to -7d', 'offsets history --group {group}'],
        sources: [FAILURES, '000 Kafka Offset Management and Replication'],
        corrections: [WRONG.resumeAfterCommitted],
      },
    ),
  },
  sources: sources(DETAILED, FAILURES, STRATEGIES, MONITOR),
};
